// `python -m tests.javascript.api_types` wrote this; do not edit it by hand.
declare namespace Api {
  interface ArtworkValue {
    backdrop?: string | null;
    landscape?: string | null;
    logo?: string | null;
  }
  interface BlobDescriptor {
    url: string;
    sha256: string;
    size: number;
    type: string;
    uploaded: number;
    nip94: string[][];
  }
  interface CacheUse {
    stored: number;
    limit: number | null;
    evictable: number;
  }
  interface ChapterValue {
    start: number;
    end: number;
    title: string;
  }
  interface ChoicesValue {
    audio?: TrackChoiceValue | null;
    subtitles?: TrackChoiceValue | "off" | null;
  }
  interface DetailsValue {
    original_title: string;
    tagline: string;
    plot: string;
    rating: number | null;
    certificate: string;
    aired: string;
    genres: string[];
    studios: string[];
    directors: string[];
    actors: PersonValue[];
  }
  interface EpisodeRoot {
    id: string;
    index: string;
    title: string;
    root: RootValue | null;
    seal: SealValue;
  }
  interface EpisodeValue {
    id: string;
    index: string;
    title: string;
    season: number | null;
    episode: number | null;
    duration: number | null;
    thumbnail: string;
    aired: string | null;
    plot: string | null;
    versions: VersionValue[];
  }
  interface EventTemplate {
    kind: number;
    created_at: number;
    tags: string[][];
    content: string;
  }
  interface ExtraValue {
    id: string;
    kind: "trailer" | "featurette" | "behind-the-scenes" | "deleted-scene" | "interview" | "scene" | "short" | "clip" | "other";
    title: string;
    duration: number | null;
    thumbnail: string | null;
  }
  interface Greeting {
    name: string;
    version: string;
    api: string;
    documentation: string;
  }
  interface HistoryItem {
    id: string;
    show_id: string;
    kind: "movie" | "series";
    title: string;
    show_title: string;
    index: string;
    thumbnail: string;
    still: string;
    progress: WatchProgress | null;
  }
  interface LibraryProblem {
    path: string;
    reason: string;
  }
  interface LoginValue {
    required: boolean;
    valid: boolean;
  }
  interface MovieValue {
    info: ShowInfo;
    year: number | null;
    duration: number | null;
    ids: Record<string, string>;
    artwork: ArtworkValue;
    versions: VersionValue[];
    extras: ExtraValue[];
    details: DetailsValue | null;
    added: number;
    kind: "movie";
  }
  interface OlderRoot {
    sha256: string;
    sealed_at: number;
    withdrawn: string | null;
  }
  interface PartValue {
    id: string;
    duration: number | null;
  }
  interface PersonValue {
    name: string;
    role: string;
  }
  interface PreviewProgressValue {
    done: number;
    total: number;
  }
  interface ProfileValue {
    id: string;
    name: string;
  }
  interface PushListValue {
    signer: string | null;
    pushes: PushValue[];
  }
  interface PushValue {
    id: string;
    title: string;
    server: string;
    state: "waiting" | "sealing" | "sending" | "done" | "failed" | "cancelled";
    done: number;
    total: number;
    uploaded: number;
    mirrored: number;
    bytes: number;
    problem: string | null;
    url: string | null;
    uri: string | null;
  }
  interface Refusal {
    status_code: number;
    detail: string;
  }
  interface RenditionValue {
    name: string;
    kind: string;
    codecs: string | null;
    width: number | null;
    height: number | null;
    bandwidth: number;
    title: string | null;
    language: string | null;
    channels: number | null;
    default: boolean;
    forced: boolean;
    segments: number;
    gaps: number;
    sealed: string | null;
    iframes: string | null;
  }
  interface RootRendition {
    name: string;
    sha256: string;
    url: string;
    iframes: string | null;
  }
  interface RootValue {
    sha256: string;
    url: string;
    uri: string;
    renditions: RootRendition[];
    sealed_at: number;
    older: OlderRoot[];
  }
  interface SealValue {
    state: "sealing" | "sealed" | "failed" | null;
    renditions: string[];
    done: number;
    total: number;
    problems: Record<string, string>;
  }
  interface SealedValue {
    id: string;
    show_id: string;
    title: string;
    sha256: string;
    url: string;
    uri: string;
    sealed_at: number;
  }
  interface SeasonValue {
    season: number;
    thumbnail: string;
    artwork: ArtworkValue;
    title: string | null;
    plot: string | null;
  }
  interface SeriesValue {
    info: ShowInfo;
    year: number | null;
    episodes: EpisodeValue[];
    seasons: SeasonValue[];
    ids: Record<string, string>;
    artwork: ArtworkValue;
    extras: ExtraValue[];
    details: DetailsValue | null;
    added: number;
    kind: "series";
  }
  interface ShareValue {
    sha256: string;
    url: string;
    uri: string;
    event: EventTemplate;
  }
  interface ShowInfo {
    id: string;
    title: string;
    thumbnail: string;
    banner: string;
  }
  interface ShowProgressValue {
    watched: number;
    total: number;
    next: string | null;
    videos: Record<string, WatchProgress>;
  }
  interface TrackChoiceValue {
    language?: string | null;
    title?: string | null;
    forced?: boolean;
  }
  interface TrackValue {
    kind: string;
    codec: string;
    language: string | null;
    title: string | null;
    offered: boolean;
    reason?: string | null;
  }
  interface VersionValue {
    id: string;
    label: string;
    duration: number | null;
    parts: PartValue[];
  }
  interface VideoValue {
    id: string;
    show_id: string;
    title: string;
    duration: number;
    master: string;
    packaging: string;
    renditions: RenditionValue[];
    tracks: TrackValue[];
    chapters: ChapterValue[];
    seal: SealValue;
    root: string | null;
    progress: WatchProgress | null;
    choices: ChoicesValue;
  }
  interface WatchProgress {
    position: number;
    duration: number | null;
    finished: boolean;
    updated_at: number;
    resume: number | null;
  }
}

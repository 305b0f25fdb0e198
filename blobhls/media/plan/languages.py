"""Languages that have a two-letter code, by each of their codes. Pure.

BCP 47 §2.2.1: a language tag uses the shortest code of its language. Containers use the
three-letter codes of ISO 639-2, bibliographic or terminological.
"""

from __future__ import annotations

from typing import Final

# Codes of ISO 639-2, BCP 47 tag, name.
_TABLE: Final = """
aar aa Afar
abk ab Abkhazian
afr af Afrikaans
aka ak Akan
amh am Amharic
arg an Aragonese
ara ar Arabic
asm as Assamese
aze az Azerbaijani
bak ba Bashkir
bel be Belarusian
bul bg Bulgarian
bam bm Bambara
ben bn Bengali
bod/tib bo Tibetan
bre br Breton
bos bs Bosnian
cat ca Catalan
cos co Corsican
ces/cze cs Czech
cym/wel cy Welsh
dan da Danish
deu/ger de German
div dv Dhivehi
dzo dz Dzongkha
ewe ee Ewe
ell/gre el Greek
eng en English
epo eo Esperanto
spa es Spanish
est et Estonian
baq/eus eu Basque
fas/per fa Persian
ful ff Fulah
fin fi Finnish
fil fil Filipino
fij fj Fijian
fao fo Faroese
fra/fre fr French
fry fy Western Frisian
gle ga Irish
gla gd Scottish Gaelic
glg gl Galician
grn gn Guarani
guj gu Gujarati
glv gv Manx
hau ha Hausa
heb he Hebrew
hin hi Hindi
hrv hr Croatian
hat ht Haitian Creole
hun hu Hungarian
arm/hye hy Armenian
ind id Indonesian
ibo ig Igbo
ice/isl is Icelandic
ita it Italian
jpn ja Japanese
jav jv Javanese
geo/kat ka Georgian
kaz kk Kazakh
kal kl Greenlandic
khm km Khmer
kan kn Kannada
kor ko Korean
kas ks Kashmiri
kur ku Kurdish
kir ky Kyrgyz
lat la Latin
ltz lb Luxembourgish
lug lg Ganda
lin ln Lingala
lao lo Lao
lit lt Lithuanian
lav lv Latvian
mlg mg Malagasy
mao/mri mi Māori
mac/mkd mk Macedonian
mal ml Malayalam
mon mn Mongolian
mar mr Marathi
may/msa ms Malay
mlt mt Maltese
bur/mya my Burmese
nob nb Norwegian Bokmål
nep ne Nepali
dut/nld nl Dutch
nno nn Norwegian Nynorsk
nor no Norwegian
nav nv Navajo
nya ny Chichewa
oci oc Occitan
orm om Oromo
ori or Odia
oss os Ossetian
pan pa Punjabi
pol pl Polish
pus ps Pashto
por pt Portuguese
que qu Quechua
roh rm Romansh
run rn Rundi
ron/rum ro Romanian
rus ru Russian
kin rw Kinyarwanda
san sa Sanskrit
srd sc Sardinian
snd sd Sindhi
sme se Northern Sami
sin si Sinhala
slk/slo sk Slovak
slv sl Slovenian
smo sm Samoan
sna sn Shona
som so Somali
alb/sqi sq Albanian
srp sr Serbian
sot st Southern Sotho
sun su Sundanese
swe sv Swedish
swa sw Swahili
tam ta Tamil
tel te Telugu
tgk tg Tajik
tha th Thai
tir ti Tigrinya
tuk tk Turkmen
tgl tl Tagalog
tsn tn Tswana
ton to Tongan
tur tr Turkish
tat tt Tatar
tah ty Tahitian
uig ug Uyghur
ukr uk Ukrainian
urd ur Urdu
uzb uz Uzbek
vie vi Vietnamese
wol wo Wolof
xho xh Xhosa
yid yi Yiddish
yor yo Yoruba
chi/zho zh Chinese
zul zu Zulu
"""

TAGS: Final = {
    code: line.split(" ")[1]
    for line in _TABLE.strip().split("\n")
    for code in line.split(" ")[0].split("/")
}
"""BCP 47 tag by ISO 639-2 code."""

NAMES: Final = {line.split(" ")[1]: line.split(" ", 2)[2] for line in _TABLE.strip().split("\n")}
"""English name by BCP 47 tag."""

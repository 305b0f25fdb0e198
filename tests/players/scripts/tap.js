// Passes sound on, and says what it was.
registerProcessor(
  "tap",
  class extends AudioWorkletProcessor {
    /** @param {Float32Array[][]} inputs @param {Float32Array[][]} outputs */
    process([[heard]], [sides]) {
      if (heard) {
        for (const side of sides) side.set(heard);
        this.port.postMessage(heard.slice());
      }
      return true;
    }
  },
);

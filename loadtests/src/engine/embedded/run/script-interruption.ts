/** Errors that pass through a script without being its fault. */

/** The run is over for this virtual user: whatever it waits for is given up. */
export class IterationInterrupted extends Error {
  override readonly name = "IterationInterrupted";
  constructor() {
    super("the iteration was interrupted: its time was over");
  }
}

/** A loop went on beyond the end of the script's time, without ever letting anything else happen. */
export class EndlessLoop extends Error {
  override readonly name = "EndlessLoop";
  constructor() {
    super(
      "a loop of the script went on after its time was over, without ever waiting, and was broken off: " +
        "let it end, or wait in it",
    );
  }
}

/** `exec.test.abort()`. */
export class TestAborted extends Error {
  override readonly name = "TestAborted";
}

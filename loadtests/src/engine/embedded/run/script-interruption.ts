/** Errors that pass through a script without being its fault. */

/** The run is over for this virtual user: whatever it waits for is given up. */
export class IterationInterrupted extends Error {
  override readonly name = "IterationInterrupted";
  constructor() {
    super("the iteration was interrupted: its time was over");
  }
}

/** `exec.test.abort()`. */
export class TestAborted extends Error {
  override readonly name = "TestAborted";
}

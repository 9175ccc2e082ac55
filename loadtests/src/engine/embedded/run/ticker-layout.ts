/** The memory that the ticker thread and the thread that it wakes share. */

export const TICKER_BYTES = 16;

/** Int32: raised by the waking thread's owner whenever the due time changed; -1 ends the ticker. */
export const SEQUENCE_INDEX = 0;
export const STOPPED = -1;

/** Float64: when to wake next, milliseconds on the process-wide clock; Infinity: not until told. */
export const DUE_INDEX = 1;

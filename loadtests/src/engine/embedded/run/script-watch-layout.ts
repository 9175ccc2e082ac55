/** The memory that the load's thread and the thread that watches it share. */

export const SCRIPT_WATCH_BYTES = 24;

/** Int32: raised whenever the deadline changed; -1 ends the watch. */
export const SEQUENCE_INDEX = 0;
export const STOPPED = -1;

/** Int32: raised by the load's thread for each question whether it is alive. */
export const ANSWERS_INDEX = 1;

/** Int32: 1 while loops of the script are to break off. */
export const GIVE_WAY_INDEX = 2;

/** Float64: until when the script may go on, milliseconds on the process-wide clock; Infinity: for ever. */
export const DEADLINE_INDEX = 2;

import type pg from "pg";
import { beginHold } from "../service/fault-log.js";

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, release: never) => void;

/** Logs what the fault `pool-too-small` does to a request: its wait for the one connection. */
export function logPoolWaits(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as (connected?: Connected) => Promise<pg.PoolClient> | undefined;
  const connectLogged = (connected?: Connected): Promise<pg.PoolClient> | undefined => {
    const end = beginHold({ fault: "pool-too-small", by: "connect", whom: "request" });
    if (connected !== undefined) {
      return connect((...answer) => {
        end();
        connected(...answer);
      });
    }
    const connecting = connect();
    connecting?.then(end, end);
    return connecting;
  };
  Object.assign(pool, { connect: connectLogged });
}

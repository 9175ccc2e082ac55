/** A MySQL server that keeps no data and counts what it is asked: mysql2's own, since none is installed. */

import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer } from "mysql2";

export interface StandInMysql {
  readonly port: number;
  /** Statements that were asked for, the latest last. */
  readonly asked: readonly string[];
}

/** What mysql2's types leave out of the server's side. */
interface ServerConnection {
  readonly stream: Socket;
  serverHandshake(settings: object): void;
  writeOk(result: { affectedRows: number }): void;
  writeError(error: { code: number; message: string }): void;
  /** Each command's packets are numbered from 0; mysql2's server leaves that to whoever answers. */
  _resetSequenceId(): void;
  on(event: string, listener: (query: string) => void): void;
}

const DUPLICATE_ENTRY = 1062;
/** Length 12, packet 1: ok, statement 1, no columns, no parameters, no warnings. */
const STATEMENT_PREPARED = Buffer.from([12, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

export async function startStandInMysql(t: TestContext): Promise<StandInMysql> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((connection) =>
    serve(connection as unknown as ServerConnection, asked, sockets),
  );
  const { _server: listener } = server as unknown as { readonly _server: Server };
  server.listen(0);
  await once(listener, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return { port: (listener.address() as AddressInfo).port, asked };
}

function serve(connection: ServerConnection, asked: string[], sockets: Set<Socket>): void {
  let statement = "";
  sockets.add(connection.stream);
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: "8.0.0",
    connectionId: sockets.size,
    statusFlags: 2,
    characterSet: 8,
    capabilityFlags: 0xffffff,
    authCallback: (_client: unknown, accept: (error: null) => void) => {
      accept(null);
      connection._resetSequenceId();
    },
  });
  const answers: Readonly<Record<string, (query: string) => void>> = {
    query: (query) => {
      asked.push(query);
      if (query === "FAIL") connection.writeError({ code: DUPLICATE_ENTRY, message: "twice" });
      else connection.writeOk({ affectedRows: 1 });
    },
    stmt_prepare: (query) => {
      statement = query;
      connection.stream.write(STATEMENT_PREPARED);
    },
    stmt_execute: () => {
      asked.push(statement);
      connection.writeOk({ affectedRows: 1 });
    },
  };
  for (const [event, answer] of Object.entries(answers))
    connection.on(event, (query) => {
      answer(query);
      connection._resetSequenceId();
    });
  // A client that is killed resets its connection.
  connection.on("error", () => undefined);
}

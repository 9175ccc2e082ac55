import type { AddressInfo, Server, Socket } from "node:net";

/**
 * Lets a server listen on a free port until the test ends, when its connections are closed, too.
 * @returns `http://127.0.0.1:<port>/`
 */
export async function listenOnLoopback(t: { after(fn: () => void): void }, server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** nginx with one worker and a reply of three bytes, for benchmarks of load generators: a server that none outruns alone. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PORT = 18_180;
const TLS_PORT = 18_181;
const HTTP2_PORT = 18_182;

export interface NginxServer {
  readonly url: string;
  /** HTTP/1.1 over TLS, with a certificate that nobody signed. */
  readonly tlsUrl: string;
  /** HTTP/2 over TLS. */
  readonly http2Url: string;
  /** Ends it, and takes its folder away. */
  stop(): Promise<void>;
}

/** @throws when nginx is not installed, or does not listen within five seconds */
export async function startNginx(): Promise<NginxServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-nginx-"));
  const config = path.join(folder, "nginx.conf");
  writeFileSync(config, nginxConfig(folder));
  const nginx = spawn("nginx", ["-c", config, "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] });
  const stop = async (): Promise<void> => {
    nginx.kill("SIGTERM");
    if (nginx.exitCode === null) await once(nginx, "exit");
    rmSync(folder, { recursive: true });
  };
  try {
    await untilListening();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${PORT}/`,
    tlsUrl: `https://127.0.0.1:${TLS_PORT}/`,
    http2Url: `https://127.0.0.1:${HTTP2_PORT}/`,
    stop,
  };
}

/** `nginx version: nginx/1.22.1`. */
export function nginxVersion(): string {
  return spawnSync("nginx", ["-v"]).stderr.toString().trim();
}

function nginxConfig(folder: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const fixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../test/fixtures");
  const certificate = `ssl_certificate ${fixtures}/self-signed-cert.pem;
    ssl_certificate_key ${fixtures}/self-signed-key.pem; location / { return 200 "ok\\n"; }`;
  return `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr crit;
    events { worker_connections 4096; }
    http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; ${places.join(" ")}
      server { listen 127.0.0.1:${PORT} backlog=4096; location / { return 200 "ok\\n"; } }
      server { listen 127.0.0.1:${TLS_PORT} backlog=4096 ssl; ${certificate} }
      server { listen 127.0.0.1:${HTTP2_PORT} backlog=4096 ssl http2; ${certificate} } }`;
}

async function untilListening(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const socket = net.connect(PORT, "127.0.0.1");
    const connected = await new Promise((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    );
    socket.destroy();
    if (connected === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nginx did not start");
}

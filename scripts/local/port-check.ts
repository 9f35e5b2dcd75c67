import { connect, createServer } from "node:net";
import { Failure } from "./run.ts";

/** @throws Failure if the port is in use, or cannot be used. */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  // Listening is not enough: on macOS it succeeds beside a server that listens on all addresses.
  const reason = (await somebodyAnswers(host, port)) ? "EADDRINUSE" : await whyNotListen(host, port);
  if (reason === undefined) return;
  const why = reason === "EADDRINUSE" ? "is in use" : `cannot be used (${reason})`;
  throw new Failure(
    `Port ${port} ${why}: use another one, such as PORT=${port === 65_535 ? 8787 : port + 1} npm start`,
  );
}

function somebodyAnswers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", () => answer(true));
    socket.once("timeout", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

function whyNotListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

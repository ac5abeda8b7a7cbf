import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Delivered {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Delivered[];
  /** The status of the response to each delivery. */
  answer: (delivered: Delivered) => number;
  stop(): void;
}

/** A partner's server that receives webhooks. It fails at first. */
export async function startReceiver(): Promise<Receiver> {
  const received: Delivered[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      const delivered = { headers: request.headers, body };
      received.push(delivered);
      response.writeHead(receiver.answer(delivered)).end("as you wish");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const receiver: Receiver = { url, received, answer: () => 500, stop: () => server.close() };
  return receiver;
}

// The JavaScript SDK's clients under Node: takes orders as lines of JSON, and tells the same way.

import { createInterface } from "node:readline";
import { Centrifuge as JSONClient } from "centrifuge";
import { Centrifuge as ProtobufClient } from "centrifuge/build/protobuf";
import WebSocket from "ws";
import { Fleet } from "./client.mjs";

const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const fleet = new Fleet({
  builds: { json: JSONClient, protobuf: ProtobufClient },
  tell: (client, event) => write({ client, event }),
});

// Browsers send their cookies by themselves; this Node has no WebSocket of its own.
const socketWith = (cookie) =>
  class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, cookie ? { headers: { cookie } } : {});
    }
  };

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { number, cookie, ...order } = JSON.parse(line);
    const socket = order.order === "open" ? { socket: socketWith(cookie) } : {};
    write({ number, ...(await fleet.obey({ ...order, ...socket })) });
  })
  .on("close", () => process.exit());

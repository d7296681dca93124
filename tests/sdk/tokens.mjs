// One program that shows tokens, and fetches others when the official JavaScript client asks.
//
// Its arguments are the socket's address, and JSON with the tokens that it shows one after the
// other: {"connection": [...], "subscription": [...], "channel": "..."}. It tells what happens by
// lines of JSON on its standard output, and answers each line on its input by an RPC's result.

import { createInterface } from "node:readline";
import { Centrifuge } from "centrifuge";
import WebSocket from "ws";

const [address, json] = process.argv.slice(2);
const { connection, subscription, channel } = JSON.parse(json);

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));
const next = (kind, tokens) => async () => {
  tell("asked", { kind, left: tokens.length });
  return tokens.shift() ?? "";
};

const client = new Centrifuge(address, {
  websocket: WebSocket,
  minReconnectDelay: 100,
  maxReconnectDelay: 500,
  getToken: next("connection", connection),
});
for (const event of ["connecting", "connected", "disconnected"]) {
  client.on(event, ({ code, reason }) => tell(event, { code, reason }));
}
client.on("subscribed", ({ channel }) => tell("given", { channel }));
client.on("publication", ({ channel, data }) => tell("publication", { channel, data }));

if (channel) {
  const made = client.newSubscription(channel, { getToken: next("subscription", subscription) });
  made.on("subscribed", () => tell("subscribed"));
  made.on("unsubscribed", ({ code, reason }) => tell("unsubscribed", { code, reason }));
  made.on("publication", ({ data }) => tell("publication", { channel, data }));
  made.subscribe();
}

createInterface({ input: process.stdin })
  .on("line", async () => {
    try {
      tell("result", await client.rpc("chat.history", { room: "lobby" }));
    } catch ({ code, message }) {
      tell("error", { code, message });
    }
  })
  .on("close", () => client.disconnect());

client.connect();

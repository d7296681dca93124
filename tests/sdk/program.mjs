// One program that uses the official JavaScript client, unmodified.
//
// It is told what to do by lines of JSON on its standard input, and tells what happens by lines
// of JSON on its standard output. Its arguments are the socket's address and, if any, a cookie.

import { createInterface } from "node:readline";
import { Centrifuge } from "centrifuge";
import WebSocket from "ws";

const [address, cookie] = process.argv.slice(2);

// Browsers send their cookies by themselves; this Node has no WebSocket of its own.
class CookieSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, cookie ? { headers: { cookie } } : {});
  }
}

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Centrifuge(address, {
  websocket: CookieSocket,
  minReconnectDelay: 100,
  maxReconnectDelay: 500,
});
for (const event of ["connecting", "disconnected"]) {
  client.on(event, ({ code, reason }) => tell(event, { code, reason }));
}
client.on("connected", ({ transport }) => tell("connected", { transport }));

function subscription(channel, options) {
  const known = client.getSubscription(channel);
  if (known) return known;
  const made = client.newSubscription(channel, options);
  made.on("subscribed", ({ wasRecovering, recovered, streamPosition }) =>
    tell("subscribed", { channel, wasRecovering, recovered, streamPosition }),
  );
  made.on("unsubscribed", ({ code, reason }) => tell("unsubscribed", { channel, code, reason }));
  made.on("publication", ({ data, offset }) => tell("publication", { channel, data, offset }));
  for (const event of ["join", "leave"]) {
    made.on(event, ({ info }) => tell(event, { channel, info }));
  }
  return made;
}

const orders = {
  subscribe: ({ channel, ...options }) => subscription(channel, options).subscribe(),
  unsubscribe: ({ channel }) => subscription(channel).unsubscribe(),
  publish: ({ channel, data }) => client.publish(channel, data),
  presence: async ({ channel }) => tell("presence", await client.presence(channel)),
  presenceStats: async ({ channel }) => tell("presenceStats", await client.presenceStats(channel)),
  history: async ({ channel, ...options }) => tell("history", await client.history(channel, options)),
  rpc: async ({ method, data }) => tell("result", await client.rpc(method, data)),
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { order, ...details } = JSON.parse(line);
    try {
      await orders[order](details);
    } catch ({ code, message }) {
      tell("error", { code, message });
    }
  })
  .on("close", () => client.disconnect());

client.connect();

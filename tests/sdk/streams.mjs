// One program that uses the official JavaScript client, unmodified, where WebSockets do not work.
//
// It is told what to do by lines of JSON on its standard input, and tells what happens by lines
// of JSON on its standard output. Its arguments are the site's address, "json" or "protobuf", a
// JSON list of transports, and a cookie, if any.

import { createInterface } from "node:readline";
import { Centrifuge as JSONClient } from "centrifuge";
import { Centrifuge as ProtobufClient } from "centrifuge/build/protobuf";
import { EventSource } from "eventsource";
import WebSocket from "ws";

const [site, format, transports, cookie] = process.argv.slice(2);

// Browsers send their cookies by themselves.
const cookieFetch = (address, options) =>
  fetch(address, { ...options, headers: { ...options.headers, ...(cookie ? { cookie } : {}) } });

class CookieEventSource extends EventSource {
  constructor(address, options) {
    super(address, { ...options, fetch: cookieFetch });
  }
}

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const Client = format === "protobuf" ? ProtobufClient : JSONClient;
const encode = (value) =>
  format === "protobuf" ? new TextEncoder().encode(JSON.stringify(value)) : value;
const decode = (data) =>
  format === "protobuf" ? JSON.parse(new TextDecoder().decode(data)) : data;

const client = new Client(JSON.parse(transports), {
  emulationEndpoint: `${site}/emulation`,
  eventsource: CookieEventSource,
  fetch: cookieFetch,
  websocket: WebSocket,
  minReconnectDelay: 100,
  maxReconnectDelay: 500,
});
for (const event of ["connecting", "disconnected"]) {
  client.on(event, ({ code, reason }) => tell(event, { code, reason }));
}
client.on("connected", ({ transport }) => tell("connected", { transport }));

function subscription(channel) {
  const known = client.getSubscription(channel);
  if (known) return known;
  const made = client.newSubscription(channel);
  made.on("subscribed", ({ wasRecovering, recovered }) =>
    tell("subscribed", { channel, wasRecovering, recovered }),
  );
  made.on("unsubscribed", ({ code, reason }) => tell("unsubscribed", { channel, code, reason }));
  made.on("publication", ({ data, offset }) =>
    tell("publication", { channel, data: decode(data), offset }),
  );
  return made;
}

const orders = {
  subscribe: ({ channel }) => subscription(channel).subscribe(),
  unsubscribe: ({ channel }) => subscription(channel).unsubscribe(),
  rpc: async ({ method, data }) => {
    const result = await client.rpc(method, encode(data));
    tell("result", { data: decode(result.data) });
  },
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

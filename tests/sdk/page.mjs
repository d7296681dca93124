// The JavaScript SDK's clients in a browser: `obey` is called by the test, `tell` is given by it.

import { Fleet } from "./client.mjs";

// The SDK's builds for browsers are plain scripts, which all leave their client at one place.
const load = (src) =>
  new Promise((loaded, failed) => {
    const script = Object.assign(document.createElement("script"), { src, onerror: failed });
    script.onload = () => loaded(globalThis.Centrifuge);
    document.head.append(script);
  });

const fleet = new Fleet({
  builds: { json: await load("centrifuge.js"), protobuf: await load("centrifuge.protobuf.js") },
  tell: (client, event) => globalThis.tell(client, event),
});
globalThis.obey = (order) => fleet.obey(order);
document.documentElement.dataset.ready = "";

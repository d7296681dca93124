/* What a live page needs beside htmx: it comes back to where it was.

   Each publication moves a hidden marker in the page. When the connection was away, the markers'
   values stand in the address of the next one, and the server sends what was missed. Where it no
   longer can, the page fetches anew what shows it. Works with htmx 4 (hx-ws) and 2 (ext-ws).

   Events, which bubble:
     goby:state   on the connected element; detail.state is "live", "reconnecting", "offline" or
                  "signed-out". Its attribute data-goby-state says the same, for style sheets.
                  While it is live, detail.send(text) sends a message; otherwise that is null.
     goby:resync  on what missed publications of detail.topic for good; cancel it to fetch it. */
(() => {
  "use strict";
  const REVOKED = 4401;
  const PAGE_EXPIRED = 4408;
  const FINAL = [1008, 1009, REVOKED, PAGE_EXPIRED];
  const LONGEST_QUERY = 4000; // servers take addresses of 8,192 bytes
  const IS_HTMX_2 = htmx.version.startsWith("2");
  const all = (selector) => [...document.querySelectorAll(selector)];

  // ---- What follows topics: one region, which is connected, and parts that come and go

  const region = () => document.querySelector("[data-goby-topics]:not([data-goby-token])");
  const showing = (topic) => all(`[data-goby-topics~="${CSS.escape(topic)}"]`);
  const tokensOfParts = () => new Set(all("[data-goby-token]").map(tokenOf));

  function tokenOf(element) {
    const url = element.getAttribute(IS_HTMX_2 ? "ws-connect" : "hx-ws:connect");
    return element.dataset.gobyToken ?? new URL(url, location.href).searchParams.get("token");
  }

  // ---- The markers: one for each topic. They stand where no swap takes them away.

  const markers = document.createElement("div");
  const topicOf = (marker) => marker.id.slice("goby-at-".length);
  const entered = new Set(); // "token topic" of what has all until the marker

  function expectMarkers(root) {
    for (const element of [root, ...root.querySelectorAll("[data-goby-topics]")]) {
      for (const topic of element.dataset.gobyTopics?.split(" ") ?? []) {
        if (!topic || document.getElementById(`goby-at-${topic}`)) continue;
        const marker = document.createElement("data");
        marker.id = `goby-at-${topic}`;
        markers.append(marker);
      }
    }
  }

  // What came into the page later than the rest is not where the marker is before it is told so.
  function positions() {
    const valid = [...markers.children].filter((marker) => {
      const elements = showing(topicOf(marker));
      const isThere = (element) => entered.has(`${tokenOf(element)} ${topicOf(marker)}`);
      return marker.value && elements.length && elements.every(isThere);
    });
    return valid.map((marker) => `${marker.value}~${topicOf(marker)}`);
  }

  function read(marker) {
    const topic = topicOf(marker);
    if (!marker.hasAttribute("data-goby-entered")) return;
    for (const element of showing(topic)) {
      entered.add(`${tokenOf(element)} ${topic}`);
      if (marker.hasAttribute("data-goby-resync") && tell(element, "resync", { topic })) {
        lost.add(element);
      }
    }
  }

  function tell(element, name, detail) {
    const event = new CustomEvent(`goby:${name}`, { bubbles: true, cancelable: true, detail });
    return element.dispatchEvent(event);
  }

  // ---- The connection: its address says what the page shows and where it is

  let send = null;
  let followed = new Set(); // tokens of parts

  function addressFrom(url) {
    const address = new URL(url, location.href);
    const query = new URLSearchParams({ token: address.searchParams.get("token") });
    const add = (name) => (value) => {
      if (`${query}`.length + value.length > LONGEST_QUERY) return false;
      query.append(name, value);
      return true;
    };
    positions().forEach(add("at"));
    followed = new Set([...tokensOfParts()].filter(add("token"))); // the others by messages
    address.search = query;
    return address.href;
  }

  function followParts() {
    const tokens = tokensOfParts();
    const own = region() && tokenOf(region());
    for (const key of entered) {
      const [token] = key.split(" ");
      if (token !== own && !tokens.has(token)) entered.delete(key);
    }
    if (!send) return;
    const say = (message) => send(JSON.stringify(message));
    for (const token of followed) if (!tokens.has(token)) say({ goby: "unfollow", token });
    for (const token of tokens) {
      if (!followed.has(token)) say({ goby: "follow", token, at: positions() });
    }
    followed = tokens;
  }

  let hasBeenLive = false;
  let failures = 0;

  function show(state) {
    const element = region();
    if (!element || element.dataset.gobyState === state) return;
    element.dataset.gobyState = state;
    tell(element, "state", { state, send });
  }

  function opened(sendNow) {
    send = sendNow;
    hasBeenLive = true;
    show("live");
    followParts();
  }

  function closed(code) {
    send = null;
    failures += 1;
    if (code === PAGE_EXPIRED && reload()) return;
    // Where sockets cannot pass at all htmx tries on, but the page must be of use meanwhile.
    const hopes = !FINAL.includes(code) && (hasBeenLive || failures < 3);
    show(code === REVOKED ? "signed-out" : hopes ? "reconnecting" : "offline");
  }

  function reload() { // not again and again, if it does not help
    try {
      const last = Number(sessionStorage.getItem("goby:reloaded"));
      if (Date.now() - last < 60_000) return false;
      sessionStorage.setItem("goby:reloaded", Date.now());
    } catch { // a browser that lets nothing be stored
      return false;
    }
    location.reload();
    return true;
  }

  function on(name, handle) {
    document.addEventListener(name, ({ target, detail }) => {
      if (target === region()) handle(detail, target);
    });
  }

  if (IS_HTMX_2) { // it asks for a new socket each time
    const isOurs = (url) => region() && url.includes(encodeURIComponent(tokenOf(region())));
    htmx.createWebSocket = (url) => new WebSocket(isOurs(url) ? addressFrom(url) : url);
    on("htmx:wsOpen", ({ socketWrapper }) => opened((text) => socketWrapper.send(text)));
    on("htmx:wsClose", ({ event, socketWrapper }, element) => {
      closed(event.code);
      if (![1000, 1001, 1005].includes(event.code)) return; // htmx takes these for final
      setTimeout(() => element.isConnected && socketWrapper.reconnect(), 1000);
    });
  } else { // it keeps the address with the connection, and reads it each time
    const known = new WeakSet();
    on("htmx:ws:before:connection", ({ connection }) => {
      if (known.has(connection)) return;
      known.add(connection);
      const { url, config } = connection;
      Object.defineProperty(connection, "url", { get: () => addressFrom(url) });
      // 1000 is how some servers answer a tab that went into the background.
      config.reconnectCodes = [...config.reconnectCodes, 1000];
    });
    let used = null; // the connection of `send`
    on("htmx:ws:after:connection", ({ connection }) => {
      used = connection;
      opened((text) => connection.socket.send(text));
    });
    // Not with `on`: what htmx puts in the region's place is in the page before the region goes.
    document.addEventListener("htmx:ws:close", ({ detail: { connection, reason } }) => {
      if (reason === "removed" && connection === used) send = null;
    });
    on("htmx:ws:close", ({ reason, code }) => { if (reason === "closed") closed(code); });
    // It looks for all targets of a message at once: what builds on something else comes after it.
    let stepping = Promise.resolve();
    on("htmx:ws:before:message:incoming", ({ message, waitUntil }, sourceElement) => {
      const steps = `${message.data}`.split("<!--goby:step-->");
      message.data = steps.pop();
      for (const text of steps) {
        const step = { sourceElement, target: sourceElement, swap: "none", text, transition: false };
        stepping = stepping.then(() => htmx.swap(step)).catch(console.error);
      }
      waitUntil(stepping);
    });
  }

  // ---- Where no connection can be had, a form works as it does without script

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[method=post]:is([hx-ws\\:send], [ws-send])")) return;
    const state = region()?.dataset.gobyState;
    if (!["live", "reconnecting"].includes(state)) event.stopPropagation();
  }, true);

  // ---- What was missed for good is fetched anew, with a fresh token

  const lost = new Set(); // elements
  let isFetching = false;
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  async function fetchLost() {
    if (isFetching) return;
    isFetching = true;
    // A topic that is always too quick for its history must not keep us busy.
    for (let pause = 1; lost.size; pause = Math.min(2 * pause, 60)) {
      const page = await fetchPage();
      for (const element of page ? lost : []) await replace(element, page);
      await wait(pause);
    }
    isFetching = false;
  }

  async function fetchPage() {
    const response = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    const text = response?.ok && await response.text().catch(() => "");
    return text && new DOMParser().parseFromString(text, "text/html");
  }

  async function replace(element, page) {
    const { id, dataset: { gobyTopics } } = element;
    const like = id ? `#${CSS.escape(id)}` : `[data-goby-topics="${CSS.escape(gobyTopics)}"]`;
    const fresh = page.querySelector(like)?.outerHTML;
    if (element.isConnected && !fresh && !reload()) return; // it may be there the next time
    lost.delete(element);
    if (!element.isConnected || !fresh) return;
    const how = { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 };
    if (IS_HTMX_2) htmx.swap(element, fresh, how);
    else await htmx.swap({ target: element, swap: "outerHTML", text: fresh, transition: false });
  }

  // ---- Without a double: what is in the page already is not added again

  function dropTwin(node) {
    if (!node.id || !node.isConnected) return;
    const isTwin = (each) => each !== node && each.parentElement === node.parentElement;
    if (all(`#${CSS.escape(node.id)}`).some(isTwin)) node.remove();
  }

  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (node.parentElement === markers) {
        read(node);
      } else {
        expectMarkers(node);
        dropTwin(node);
      }
    }
    followParts();
    fetchLost();
  }).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-goby-token"],
  });

  markers.hidden = true;
  document.documentElement.append(markers);
  expectMarkers(document.documentElement);
  // A page that the browser kept in its memory has lost its connection for good.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();

/* Times as they are where one is. Without script they stand there in UTC. */
(() => {
  "use strict";
  const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("main time")) {
    time.textContent = calendar.format(new Date(time.dateTime));
  }
})();

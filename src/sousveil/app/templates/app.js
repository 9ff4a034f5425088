"use strict";
// Replaces parts of the page in place. Without it every page works by its forms and links; nothing here knows a number.
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const say = (text) => { const place = one("#status"); if (place) place.textContent = text; };
  const shown = () => {
    all(".needs-script").forEach((e) => { e.hidden = false; });
    // A picture as PNG is made here, from the SVG that the page carries: nothing is asked for.
    all(".unit > a[download$='.svg']").forEach((a) => {
      if (a.nextElementSibling && a.nextElementSibling.dataset.png) return;
      const made = document.createElement("button");
      made.type = "button"; made.className = "link"; made.dataset.png = "yes";
      made.textContent = "Picture (PNG)";
      const of = document.createElement("span");
      of.className = "away"; of.textContent = a.textContent.replace(/^.*?\)/, "");
      made.append(of); a.after(made);
    });
  };
  shown();
  // On a narrow screen the steps go beyond it: the one where the reader is must be seen.
  const here = one(".steps [aria-current]");
  if (here) here.closest(".steps").scrollLeft = here.offsetLeft - 60;

  // --- writes carry a token, which only our own pages can read -------------------------------------------------------
  let token = null;
  const post = async (address, body) => {
    token ??= (await (await fetch("/token")).json()).token;
    const raw = body instanceof Blob;
    return fetch(address, { method: "POST", headers: { "X-Sousveil-Token": token,
      "Content-Type": raw ? "application/octet-stream" : "application/json" }, body: raw ? body : JSON.stringify(body ?? {}) });
  };

  // --- a state, first as a preview and then whole, in place -----------------------------------------------------------
  const result = one("[data-part]");
  let busy = null;      // the request that is on its way
  let wanted = null;    // the newest address that nobody has asked for yet
  let weigh = () => {};
  const part = async (address, stage, signal) => {
    const url = new URL(address, location.href);
    url.searchParams.set("stage", stage);
    const answer = await fetch(url, { signal });
    const text = await answer.text();
    if (!(answer.headers.get("content-type") || "").startsWith("text/html")) {
      const told = JSON.parse(text);
      throw new Error((told.problems || ["something went wrong"]).join("; "));
    }
    return text;
  };
  const put = (html) => {
    const held = document.activeElement && result.contains(document.activeElement) ? document.activeElement.id : "";
    const open = all("details[open] > summary", result).map((s) => s.textContent);
    result.innerHTML = html;
    all("details > summary", result).forEach((s) => { s.parentElement.open = open.includes(s.textContent); });
    result.classList.remove("stale");
    shown();
    if (held && document.getElementById(held)) document.getElementById(held).focus();
  };
  const refine = async (address, preview) => {
    // While a preview is on its way no second one starts: the newest state waits its turn. What refines gives way.
    if (busy && busy.stage === "preview") { wanted = address; return; }
    if (busy) busy.control.abort();
    const mine = { stage: preview ? "preview" : "whole", control: new AbortController() };
    busy = mine;
    const slow = setTimeout(() => say("Still at it. What was never worked out on this machine is compiled first, once: that takes half a minute or so."), 4000);
    try {
      if (preview) {
        result.classList.add("stale");
        put(await part(address, "preview", mine.control.signal));
        say("A preview. Working out the rest.");
        if (wanted !== null) { busy = null; const next = wanted; wanted = null; return void refine(next, true); }
        mine.stage = "whole";
      }
      put(await part(address, "whole", mine.control.signal));
      say("Done: " + (one("h1", result)?.textContent || ""));
      setTimeout(() => { if (!busy) weigh(); }, 1500);
    } catch (error) {
      if (error.name === "AbortError") return;
      result.classList.remove("stale");
      say(String(error.message || error));
    } finally {
      clearTimeout(slow);
      if (busy === mine) {
        busy = null;
        if (wanted !== null) { const next = wanted; wanted = null; refine(next, true); }
      }
    }
  };

  const form = one("[data-live]");
  const address = () => {
    const said = new URLSearchParams();
    for (const field of form.elements) {
      if (!field.name || field.disabled) continue;
      if (field.type === "checkbox") { if (field.checked) said.append(field.name, field.value); continue; }
      const held = field.closest("[data-default]");
      const plain = held ? held.dataset.default : field.defaultValue0;
      if (field.value !== "" && String(field.value) !== String(plain)
        && !(field.type === "number" && Number(field.value) === Number(plain))) said.append(field.name, field.value);
    }
    const text = said.toString();
    return form.getAttribute("action") + (text ? "?" + text : "");
  };
  const marked = () => {
    let rules = 0, guesses = 0;
    all(".rules label", form).forEach((l) => { const on = one("input", l).checked; l.classList.toggle("on", on); rules += on; });
    all("[data-default]", form).forEach((u) => {
      const field = one("[name]", u);
      const changed = field.value !== "" && field.value !== u.dataset.default && Number(field.value) !== Number(u.dataset.default);
      const other = field.tagName === "SELECT" ? field.value !== u.dataset.default : changed;
      u.classList.toggle("changed", other);
      if (other) { if (u.dataset.path) guesses += 1; else rules += 1; }
    });
    say(`${rules} ${rules === 1 ? "rule" : "rules"} and ${guesses} ${guesses === 1 ? "guess" : "guesses"} changed. Working it out.`);
  };
  const refused = (field) => {
    const { min, max, value } = field;
    const name = field.labels && field.labels.length ? field.labels[0].textContent.trim() : (field.getAttribute("aria-label") || field.name).replace(/, (number|slider)$/, "");
    const may = min !== "" && max !== "" ? `from ${Number(min)} to ${Number(max)}` : min !== "" ? `${Number(min)} or more` : max !== "" ? `${Number(max)} or less` : "a number";
    return `${name}: ${value === "" ? "that" : value} is not taken; it may be ${may}.`;
  };
  if (form && result) {
    const plain = { people: "100000", seeds: "5" };
    for (const field of form.elements) if (field.name) field.defaultValue0 = plain[field.name] ?? field.dataset.plain ?? field.defaultValue;
    const changed = (event, ended) => {
      const field = event.target;
      if (field.type === "range") one("input[type=number]", field.parentElement).value = field.value;
      else if (field.type === "number") { const s = one("input[type=range]", field.parentElement); if (s) s.value = field.value; }
      if (!field.checkValidity) return;
      all("[aria-invalid]", form).forEach((f) => { if (f.checkValidity()) f.removeAttribute("aria-invalid"); });
      if (!field.checkValidity()) {
        field.setAttribute("aria-invalid", "true");
        say(`${refused(field)} What stands here is the answer before.`);
        return;
      }
      marked();
      const next = address();
      if (ended && next !== location.pathname + location.search) history.pushState(null, "", next);
      else history.replaceState(null, "", next);
      stands = location.pathname + location.search;
      all("[data-view]").forEach((a) => { a.href = a.getAttribute("href").split("?")[0] + location.search; });
      refine(next, true);
    };
    let before = location.href, timer = 0, stands = location.pathname + location.search;
    form.addEventListener("input", (event) => {
      if (event.target.type === "checkbox" || event.target.tagName === "SELECT") return;
      clearTimeout(timer);
      // What is half typed is not yet wrong: that a number is not taken is said when the hand rests.
      if (event.target.value === "" || !event.target.checkValidity()) timer = setTimeout(() => changed(event, false), 500);
      else changed(event, false);
    });
    form.addEventListener("change", (event) => {
      if (event.target.type === "checkbox" || event.target.tagName === "SELECT") changed(event, true);
    });
    // A state that one let go of is a step that "back" returns to.
    form.addEventListener("pointerdown", () => { before = location.href; });
    form.addEventListener("focusin", () => { before = location.href; });
    form.addEventListener("change", (event) => {
      if (event.target.type !== "range" || before === location.href) return;
      const now = location.href; history.replaceState(null, "", before); history.pushState(null, "", now); before = now;
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); if (address() !== location.pathname + location.search) history.pushState(null, "", address()); stands = location.pathname + location.search; refine(address(), true); one("#result h1")?.scrollIntoView({ block: "nearest" }); });
    // A link within the page leads somewhere else in the same state: only another state is another page.
    addEventListener("popstate", () => { if (location.pathname + location.search !== stands) location.reload(); });
    // Those guesses first on which most of the answer hangs; not under the hands of somebody who is at one of them.
    const sorted = (moves) => {
      const them = all("[data-path]", form);
      if (them.some((u) => u.contains(document.activeElement))) { form.addEventListener("focusout", () => setTimeout(() => sorted(moves), 0), { once: true }); return; }
      const places = them.map((u) => { const mark = document.createComment(""); u.replaceWith(mark); return mark; });
      them.map((u, i) => [moves[u.dataset.path] ?? 0, i, u]).sort((a, b) => b[0] - a[0] || a[1] - b[1]).forEach(([, , u], i) => places[i].replaceWith(u));
      const said = one("#guesses + .sub", form);
      if (said && !said.textContent.includes("most hangs")) said.textContent = said.textContent.replace(/(numbers?)\./, "$1, those first on which most hangs.");
    };
    // Which guesses the answer hangs on takes some seconds of every core: asked for when the answer is there.
    weigh = () => {
      const weighed = one(".moves", form);
      weigh = () => {};
      if (!weighed || weighed.textContent) return;
      fetch(form.getAttribute("action").replace(/\/change$/, "/weigh")).then((a) => a.ok ? a.json() : null).then((told) => {
        if (!told) return;
        all("[data-path]", form).forEach((u) => {
          const move = told.moves[u.dataset.path];
          if (move === undefined) return;
          one(".moves", u).textContent = move < 0.0005 ? "does not move it" : `moves it by up to ${+(100 * move).toFixed(move < 0.1 ? 1 : 0)} points`;
        });
        sorted(told.moves);
      }).catch(() => {});
    };
  }
  if (result && result.dataset.pending) refine(location.pathname + location.search, false);
  else weigh();

  // --- long work ------------------------------------------------------------------------------------------------------
  const working = one(".working");
  if (working) {
    const bar = one("progress", working), far = one(".far", working);
    const heard = new EventSource("/events/" + working.dataset.key);
    heard.onmessage = (event) => {
      const told = JSON.parse(event.data);
      if (told.part) bar.value = told.part;
      far.textContent = told.part ? `${told.title}: ${Math.round(100 * told.part)}%` + (told.left === null ? "" : `, about ${told.left} s left`) : "";
    };
    heard.addEventListener("done", () => { heard.close(); if (!working.dataset.ended) location.reload(); });
  }

  // --- buttons --------------------------------------------------------------------------------------------------------
  document.addEventListener("click", async (event) => {
    const at = event.target.closest("button");
    if (!at) return;
    if (at.dataset.cancel) {
      one(".working").dataset.ended = "yes";
      await post("/cancel/" + at.dataset.cancel);
      one(".working p").textContent = "Cancelled. Nothing was kept.";
      at.hidden = true;
    } else if (at.dataset.png) {
      const from = at.previousElementSibling, image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = 2 * image.width; canvas.height = 2 * image.height;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        const to = document.createElement("a");
        to.href = canvas.toDataURL("image/png"); to.download = from.download.replace(/svg$/, "png"); to.click();
      };
      image.src = from.href;
    } else if (at.dataset.keep) {
      await keep(at.dataset.keep);
    } else if ("stop" in at.dataset) {
      await post("/stop");
      document.body.innerHTML = "<main class='one'><h1>The app has stopped</h1><p>This page can be closed. Start it again with <code>sousveil app</code>.</p></main>";
    } else if (at.dataset.copy) {
      const text = at.dataset.copy === "address" ? location.origin + one(".state[aria-label=address]").textContent : one(".state[aria-label=command]").textContent;
      try { await navigator.clipboard.writeText(text); at.textContent = "Copied"; } catch { at.textContent = "Select the line and copy it"; }
    } else if ("new" in at.dataset) {
      const told = await (await post("/studies", { from: one("#from").value })).json();
      if (told.address) location.assign(told.address);
    } else if ("use" in at.dataset) {
      const told = await (await post(location.pathname, { files: texts() })).json();
      if (told.problems && told.problems.length) { problems(told.problems); one("[data-problems]").scrollIntoView(); } else location.assign(told.address);
    } else if ("save" in at.dataset) {
      const kept = await (await post(location.pathname, { files: texts() })).json();
      if (kept.problems && kept.problems.length) { problems(kept.problems); one("[data-saved]").textContent = "Not saved: there are mistakes in it."; return; }
      const told = await (await post(location.pathname.replace("/edit/", "/save/"), { folder: one("#folder").value })).json();
      one("[data-saved]").textContent = told.saved ? `Saved in ${told.saved}` : told.problems.join("; ");
    } else if (at.dataset.line) {
      const place = document.getElementById(at.dataset.file), lines = place.value.split("\n");
      const start = lines.slice(0, at.dataset.line - 1).join("\n").length + (at.dataset.line > 1 ? 1 : 0);
      place.focus();
      place.setSelectionRange(start, start + (lines[at.dataset.line - 1] || "").length);
      place.scrollTop = (at.dataset.line - 4) * parseFloat(getComputedStyle(place).lineHeight);
    }
  });

  // --- a table that is audited: read from here into the process on this machine, and nowhere else ---------------------
  const audit = one("[data-audit]");
  let counts = null;    // what was answered, to be saved by whoever wants it
  const save = (name, text, kind) => {
    const to = document.createElement("a");
    to.href = URL.createObjectURL(new Blob([text], { type: kind })); to.download = name; to.click();
    setTimeout(() => URL.revokeObjectURL(to.href), 1000);
  };
  const hashed = async (text) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))].slice(0, 5).map((b) => b.toString(16).padStart(2, "0")).join("");
  const keep = async (what) => {
    if (what === "report") return save(`audit-${await hashed(counts.report)}.html`, counts.report, "text/html");
    const heads = Object.keys(counts.measures[0] || {});
    // A spreadsheet must not take a text for a formula, so such a one is led by an apostrophe.
    const said = (v) => v === null ? "" : typeof v === "string" && /^[=+\-@\t\r]/.test(v) ? "'" + v : String(v);
    const quoted = (v) => /[",\n]/.test(said(v)) ? `"${said(v).replaceAll('"', '""')}"` : said(v);
    return save("audit.csv", [heads, ...counts.measures.map((m) => heads.map((h) => m[h]))].map((r) => r.map(quoted).join(",")).join("\n") + "\n", "text/csv");
  };
  if (audit) {
    const table = one("#table", audit), counted = one("[data-counted]");
    table.addEventListener("change", async () => {
      const file = table.files[0];
      if (!file || !/\.(csv|tsv|tab|txt)$/i.test(file.name)) return;
      const line = (await file.slice(0, 65536).text()).split(/\r?\n/)[0];
      const by = [",", ";", "\t", "|"].reduce((a, b) => (line.split(b).length > line.split(a).length ? b : a));
      one("#columns", audit).replaceChildren(...line.split(by).map((name) => {
        const option = document.createElement("option");
        option.value = name.trim().replace(/^"|"$/g, "");
        return option;
      }));
    });
    audit.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = [...new FormData(audit)].filter(([, value]) => typeof value === "string" && value.trim());
      const said = new URLSearchParams(given.filter(([part]) => !part.startsWith("group-")));
      const groups = given.filter(([part]) => part.startsWith("group-")).map(([, value]) => value.trim());
      if (groups.length) said.set("groups", groups.join(","));
      said.set("name", table.files[0].name);
      say("Counting.");
      counted.replaceChildren();
      try {
        const told = await (await post("/audit?" + said, table.files[0])).json();
        if (told.problems.length) { say(told.problems.join("; ")); return; }
        counts = told;
        counted.innerHTML = told.html;
        shown();
        say("Done: " + one("h1", counted).textContent);
        one("h1", counted).focus();
      } catch { say("The table was not taken: it may be larger than 128 MB, or the app has stopped."); }
    });
  }

  // --- the files of a study of one's own ------------------------------------------------------------------------------
  const texts = () => Object.fromEntries(all("[data-file]").filter((t) => t.tagName === "TEXTAREA").map((t) => [t.dataset.file, t.value]));
  const problems = (found) => {
    const place = one("[data-problems]");
    place.replaceChildren();
    const head = document.createElement("p");
    head.textContent = found.length ? `${found.length} ${found.length === 1 ? "mistake" : "mistakes"}` : "No mistake found.";
    place.append(head);
    if (!found.length) return;
    const list = document.createElement("ul");
    for (const p of found) {
      const item = document.createElement("li"), to = document.createElement("button");
      to.className = "link"; to.type = "button";
      if (typeof p === "string") { item.textContent = p; list.append(item); continue; }
      to.dataset.file = p.file; to.dataset.line = p.line || 1;
      to.textContent = p.file ? `${p.file}:${p.line}:${p.column}` : "the study";
      item.append(to, " " + p.message);
      list.append(item);
    }
    place.append(list);
  };
  if (one("[data-edit]")) {
    let timer = 0, asked = 0;
    const look = async () => {
      const mine = ++asked;
      const told = await (await post("/check", { files: texts() })).json();
      if (mine === asked) problems(told.problems || []);
    };
    document.addEventListener("input", (event) => { if (event.target.dataset.file) { clearTimeout(timer); timer = setTimeout(look, 400); } });
    look();
  }
})();

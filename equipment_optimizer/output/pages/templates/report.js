"use strict";
(() => {
  const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_{|}~";
  const PRINTED_ROWS = 200, EXTRA_ROWS = 12;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const plotScores = data.scores.map(Number);

  // Every text goes through here: what somebody typed never becomes markup.
  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function draw(tag, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // Columns: one character a build, a list of numbers, or nothing where all are the same.
  function decode(column) {
    if (Array.isArray(column.codes)) return Uint32Array.from(column.codes);
    const codes = new Uint8Array(data.n);
    for (let k = 0; k < column.codes.length; k++) codes[k] = ALPHABET.indexOf(column.codes[k]);
    return codes;
  }
  const lazily = (column) => {
    let codes = null;
    return (k) => column.values[(codes ??= decode(column))[k]];
  };
  const pieceAt = data.columns.map(lazily);
  const terms = data.terms.map((term) => ({ ...term, at: lazily(term) }));
  const bonuses = data.bonuses.map((bonus) => ({ ...bonus, at: lazily(bonus) }));
  const piece = (position, k) => data.pieces[pieceAt[position](k)];

  // Exact decimals: scaled integers of any size.
  function decimal(scaled, signed) {
    const value = BigInt(scaled);
    const digits = (value < 0n ? -value : value).toString().padStart(data.digits + 1, "0");
    const whole = digits.slice(0, digits.length - data.digits);
    const fraction = data.digits ? digits.slice(digits.length - data.digits).replace(/0+$/, "") : "";
    const sign = value < 0n ? "\u2212" : signed && value > 0n ? "+" : "";
    return sign + whole + (fraction ? "." + fraction : "");
  }
  const difference = (k) => BigInt(data.scores[k]) - BigInt(data.scores[0]);
  const number = (n) => n.toLocaleString("en");

  // --- the list: what is shown, in which order -----------------------------
  const state = { shown: [], sort: "rank", descending: false, term: 0, open: -1 };
  let haystacks = null;

  function haystack(k) {
    haystacks ??= new Array(data.n);
    if (haystacks[k] === undefined) {
      const words = data.positions.map((_, position) => piece(position, k).name);
      const filling = data.fillings ? data.fillings[k] : [];
      for (let i = 0; i < filling.length; i += 2) words.push(data.decorations[filling[i]]);
      for (const bonus of bonuses) if (isActive(bonus, k)) words.push(bonus.name);
      haystacks[k] = "\n" + words.join("\n").toLowerCase() + "\n";
    }
    return haystacks[k];
  }
  const isActive = (bonus, k) => bonus.steps.some(([required]) => bonus.at(k)[0] >= required);

  function wantedWords(text) {
    const words = [];
    for (const match of text.toLowerCase().matchAll(/"((?:[^"]|"")*)"|(\S+)/g)) {
      // In quotes: a whole name, in which a quote is written twice.
      if (match[1] !== undefined) words.push("\n" + match[1].replaceAll('""', '"') + "\n");
      else words.push(match[2]);
    }
    return words;
  }

  function refilter() {
    const words = wantedWords(byId("search").value);
    const least = byId("least").value === "" ? null : Number(byId("least").value);
    const term = terms[state.term];
    state.shown = [];
    for (let k = 0; k < data.n; k++) {
      if (least !== null && term && Number(term.at(k)[0]) < least) continue;
      if (words.length && !words.every((word) => haystack(k).includes(word))) continue;
      state.shown.push(k);
    }
    resort();
  }

  function sortKey(k) {
    if (state.sort === "value") return Number(terms[state.term].at(k)[0]);
    return piece(Number(state.sort), k).name;
  }

  function resort() {
    const shown = state.shown;
    if (state.sort === "rank") shown.sort((a, b) => a - b);
    else {
      const keys = new Map(shown.map((k) => [k, sortKey(k)]));
      const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
      const sign = state.descending ? -1 : 1;
      // Builds that are equal in this stay in the order of their scores.
      shown.sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a - b);
    }
    if (state.sort === "rank" && state.descending) shown.reverse();
    byId("count").textContent = shown.length === data.n ? number(data.n) + " builds" : number(shown.length) + " of " + number(data.n) + " builds";
    byId("window").scrollTop = 0;
    showHeads();
    showRows(true);
  }

  function sortBy(key) {
    if (state.sort === key) state.descending = !state.descending;
    else { state.sort = key; state.descending = key === "value"; }
    syncSort();
    resort();
  }

  function showHeads() {
    const value = terms[state.term] ? terms[state.term].name : "";
    const heads = [["rank", "#", "rank number"], ["rank", "Score", "score number"], ["rank", "Difference", "delta number"]];
    data.positions.forEach((name, position) => heads.push([String(position), name, ""]));
    heads.push(["value", value, "value number"]);
    byId("heads").replaceChildren(...heads.map(([key, text, className], index) => {
      const head = make("th", className);
      head.scope = "col";
      const button = make("button", "", text);
      button.type = "button";
      button.title = "Sort by " + (key === "rank" ? "score" : text);
      button.addEventListener("click", () => sortBy(key));
      head.append(button);
      if (state.sort === key && (key !== "rank" || index === 0)) head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      return head;
    }));
  }

  // --- rows: only those in sight exist -------------------------------------
  let first = -1, last = -1;
  const rowHeight = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));

  function showRow(k) {
    const row = make("tr", "row" + (k === state.open ? " open" : ""));
    row.dataset.k = k;
    const rank = make("td", "rank number");
    const button = make("button", "", number(k + 1));
    button.type = "button";
    button.setAttribute("aria-label", "Open build " + (k + 1));
    rank.append(button);
    if (data.proved && data.proved[k] === "0") {
      const mark = make("span", "mark", "?");
      mark.title = "Not proved to belong here";
      rank.append(mark);
    }
    const names = data.positions.map((_, position) => piece(position, k).name);
    row.append(rank, make("td", "score number", decimal(data.scores[k])), make("td", "delta number", k ? decimal(difference(k)) : "best"));
    for (const name of names) {
      const cell = make("td", "piece-cell");
      cell.append(make("div", "", name));
      cell.title = name;
      row.append(cell);
    }
    const term = terms[state.term];
    row.append(make("td", "value number", term ? String(term.at(k)[0]) : ""));
    const summary = (term ? term.name + " " + term.at(k)[0] + " \u00b7 " : "") + names.join(", ");
    row.append(make("td", "summary", summary));
    return row;
  }

  function space(n, height) {
    const row = make("tr", "space");
    const cell = make("td");
    cell.colSpan = data.positions.length + 4;
    cell.style.height = n * height + "px";
    row.append(cell);
    return row;
  }

  function showRows(always) {
    const frame = byId("window"), height = rowHeight(), n = state.shown.length;
    const begin = Math.max(0, Math.floor(frame.scrollTop / height) - EXTRA_ROWS);
    const end = Math.min(n, Math.ceil((frame.scrollTop + (frame.clientHeight || 700)) / height) + EXTRA_ROWS);
    if (!always && begin === first && end === last) return;
    [first, last] = [begin, end];
    const rows = state.shown.slice(begin, end).map(showRow);
    byId("rows").replaceChildren(...(begin ? [space(begin, height)] : []), ...rows, ...(end < n ? [space(n - end, height)] : []));
  }

  // --- one build -----------------------------------------------------------
  function section(title, ...children) {
    const element = make("section");
    element.append(make("h3", "", title), ...children);
    return element;
  }

  function pieceLine(position, k) {
    const own = piece(position, k), best = piece(position, 0);
    const line = make("div", "piece"), text = make("div");
    const parts = own.skills.map(([name, level]) => name + " " + level);
    own.slots.forEach((count, level) => { if (count) parts.push(count + "\u00d7 slot " + (level + 1)); });
    parts.push("defence " + own.defence);
    own.resistances.forEach((points, r) => { if (points) parts.push(data.resistances[r].toLowerCase() + " " + points); });
    parts.push(...own.bonuses);
    text.append(make("div", "name", own.name), make("div", "of", parts.join(" \u00b7 ")));
    if (own !== best) text.append(make("div", "instead", "the best has " + best.name));
    line.append(make("div", "at", data.positions[position]), text);
    return line;
  }

  function fillingSection(k) {
    const chips = make("div", "chips");
    const filling = data.fillings ? data.fillings[k] : [];
    for (let i = 0; i < filling.length; i += 2) chips.append(make("span", "chip", filling[i + 1] + "\u00d7 " + data.decorations[filling[i]]));
    for (const term of terms) {
      const [amount] = term.at(k);
      if (term.kind === "slots" && amount) chips.append(make("span", "chip plainly", "level " + term.name[4] + ": " + amount + " free"));
    }
    if (!chips.childElementCount) chips.append(make("span", "small", "No slot is left free."));
    return section(data.fillings ? "Decorations" : "Decoration slots", chips);
  }

  function skillLine(term, k) {
    const [amount, worth, maximum] = term.at(k);
    const isOver = maximum >= 0 && amount > maximum;
    const line = make("div", "skill" + (isOver ? " above" : ""));
    const length = Math.max(maximum, amount, 1), known = Math.max(0, Math.min(amount, maximum < 0 ? amount : maximum));
    const svg = draw("svg", { viewBox: "0 0 100 9", preserveAspectRatio: "none", "aria-hidden": "true" });
    const wide = 100 / length, gap = length > 30 ? 0 : 1.2;
    for (let level = 0; level < Math.min(length, 100); level++) {
      const className = level < known ? "" : level < amount ? "above" : "track";
      svg.append(draw("rect", { x: level * wide, y: 0, width: wide - (level < length - 1 ? gap : 0), height: 9, class: className }));
    }
    line.append(make("span", "name", term.name), svg, make("span", "level", amount + (maximum >= 0 ? " / " + maximum : "")), make("span", "worth", decimal(worth, true)));
    if (isOver) line.title = "Above the maximum";
    return line;
  }

  function skillSection(k) {
    const own = terms.filter((term) => term.kind === "skill" && (term.listed || term.at(k)[0]));
    const rank = (term) => (term.listed ? 0 : 1);
    own.sort((a, b) => rank(a) - rank(b) || Number(b.at(k)[1]) - Number(a.at(k)[1]));
    if (!own.length) return section("Skills", make("p", "small", "None."));
    return section("Skills", ...own.map((term) => skillLine(term, k)));
  }

  function bonusSection(k) {
    const lines = [];
    for (const bonus of bonuses) {
      const [count] = bonus.at(k);
      if (!count) continue;
      const line = make("div", "bonus"), reached = new Map();
      for (const [required, skill, level] of bonus.steps) if (count >= required) reached.set(skill, level);
      const next = bonus.steps.find(([required]) => required > count);
      line.append(make(reached.size ? "b" : "span", "", bonus.name), " " + count + (count === 1 ? " piece" : " pieces"));
      const words = [...reached].map(([skill, level]) => skill + " " + level);
      if (next) words.push(next[1] + " " + next[2] + " with " + next[0]);
      line.append(make("div", "of", words.join(" \u00b7 ")));
      lines.push([reached.size, line]);
    }
    lines.sort((a, b) => b[0] - a[0]);
    return lines.length ? section("Set bonuses", ...lines.map(([, line]) => line)) : null;
  }

  function pointSection(k) {
    const chips = make("div", "chips");
    for (const term of terms) {
      if (term.kind !== "defence" && term.kind !== "resistance") continue;
      const [amount, worth] = term.at(k);
      chips.append(make("span", "chip plainly", term.name + " " + amount + (Number(worth) ? " (" + decimal(worth, true) + ")" : "")));
    }
    return section("Defence and resistances", chips);
  }

  function againstSection(k) {
    if (data.n < 2) return section("What separates it", make("p", "small", "It is the only build."));
    const other = k ? 0 : 1, lines = [];
    for (const term of terms) {
      const [amount, worth] = term.at(k), [otherAmount, otherWorth] = term.at(other);
      const gain = BigInt(worth) - BigInt(otherWorth);
      if (gain !== 0n) lines.push({ name: term.name, amount, otherAmount, gain });
    }
    const size = (gain) => (gain < 0n ? -gain : gain);
    lines.sort((a, b) => (size(b.gain) > size(a.gain) ? 1 : size(b.gain) < size(a.gain) ? -1 : 0));
    const title = k ? "What separates it from the best" : "What separates it from the second";
    const total = BigInt(data.scores[k]) - BigInt(data.scores[other]);
    if (!lines.length) return section(title, make("p", "small", "Nothing that scores: the two are equal in every term."));
    const table = make("table", "against"), head = make("tr");
    for (const [text, className] of [["", ""], ["here", "number"], [k ? "best" : "second", "number"], ["score", "number"]]) head.append(make("th", className, text));
    table.append(head);
    const add = (name, here, there, gain, className) => {
      const row = make("tr", className);
      row.append(make("td", "", name), make("td", "number", here), make("td", "number", there), make("td", "number " + (gain < 0n ? "less" : gain > 0n ? "more" : ""), gain === 0n ? "0" : decimal(gain, true)));
      table.append(row);
    };
    for (const line of lines) add(line.name, String(line.amount), String(line.otherAmount), line.gain, "");
    add("Together", decimal(data.scores[k]), decimal(data.scores[other]), total, "sum");
    return section(title, table);
  }

  function openBuild(k) {
    state.open = k;
    byId("build-title").textContent = "Build " + number(k + 1) + ", score " + decimal(data.scores[k]) + (k && data.scores[k] !== data.scores[0] ? " (" + decimal(difference(k)) + ")" : "");
    const pieces = section("Pieces", ...data.positions.map((_, position) => pieceLine(position, k)));
    const parts = [pieces, againstSection(k), fillingSection(k), skillSection(k), bonusSection(k), pointSection(k)];
    byId("build-body").replaceChildren(...parts.filter(Boolean));
    const at = state.shown.indexOf(k);
    byId("previous").disabled = at <= 0;
    byId("next").disabled = at < 0 || at >= state.shown.length - 1;
    document.body.classList.add("one-build");
    const dialog = byId("build");
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    placeDot(k);
    showRows(true);
  }
  function step(by) {
    const next = state.shown[state.shown.indexOf(state.open) + by];
    if (next !== undefined) openBuild(next);
  }

  // --- the plot ------------------------------------------------------------
  function placeDot(k) {
    const dot = byId("plot-dot"), tip = byId("plot-tip");
    if (!dot) return;
    dot.hidden = tip.hidden = k < 0;
    if (k < 0) return;
    const high = plotScores[0], low = plotScores[data.n - 1], plot = byId("plot");
    const x = k / (data.n - 1), y = high > low ? (high - plotScores[k]) / (high - low) : 0.5;
    dot.style.left = 100 * x + "%";
    dot.style.top = 6 + (plot.clientHeight - 12) * y + "px";
    tip.textContent = "Build " + number(k + 1) + ": " + decimal(data.scores[k]);
    tip.style.left = x < 0.5 ? "calc(" + 100 * x + "% + 10px)" : "auto";
    tip.style.right = x < 0.5 ? "auto" : "calc(" + 100 * (1 - x) + "% + 10px)";
  }
  function plotRank(event) {
    const box = byId("plot").getBoundingClientRect();
    return Math.min(data.n - 1, Math.max(0, Math.round(((event.clientX - box.left) / box.width) * (data.n - 1))));
  }

  // --- controls ------------------------------------------------------------
  function syncSort() {
    byId("sort").value = state.sort + (state.descending ? "-" : "+");
  }
  function fillControls() {
    const order = { defence: 0, skill: 1, resistance: 2, slots: 3 };
    const indices = terms.map((_, index) => index).sort((a, b) => order[terms[a].kind] - order[terms[b].kind] || a - b);
    for (const index of indices) {
      const option = make("option", "", terms[index].name);
      option.value = index;
      byId("term").append(option);
    }
    state.term = indices[0] ?? 0;
    const sorts = [["rank+", "best first"], ["rank-", "last first"], ["value-", "most of the value"], ["value+", "least of the value"]];
    data.positions.forEach((name, position) => sorts.push([position + "+", name + ", A to Z"]));
    for (const [value, text] of sorts) {
      const option = make("option", "", text);
      option.value = value;
      byId("sort").append(option);
    }
  }

  function listen() {
    byId("search").addEventListener("input", refilter);
    byId("least").addEventListener("input", refilter);
    byId("term").addEventListener("change", (event) => { state.term = Number(event.target.value); refilter(); });
    byId("sort").addEventListener("change", (event) => {
      state.sort = event.target.value.slice(0, -1);
      state.descending = event.target.value.endsWith("-");
      resort();
    });
    byId("tools").addEventListener("submit", (event) => event.preventDefault());
    byId("tools").addEventListener("reset", (event) => {
      event.preventDefault();
      byId("search").value = byId("least").value = "";
      [state.sort, state.descending] = ["rank", false];
      syncSort();
      refilter();
    });
    byId("window").addEventListener("scroll", () => showRows(false), { passive: true });
    window.addEventListener("resize", () => showRows(true));
    byId("rows").addEventListener("click", (event) => {
      const row = event.target.closest("tr.row");
      if (row) openBuild(Number(row.dataset.k));
    });
    const dialog = byId("build");
    byId("close").addEventListener("click", () => dialog.close());
    byId("previous").addEventListener("click", () => step(-1));
    byId("next").addEventListener("click", () => step(1));
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        dialog.scrollBy(0, event.key === "ArrowDown" ? 60 : -60);
      } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") step(event.key === "ArrowRight" ? 1 : -1);
    });
    dialog.addEventListener("close", () => {
      const k = state.open;
      state.open = -1;
      document.body.classList.remove("one-build");
      placeDot(-1);
      showRows(true);
      const button = byId("rows").querySelector('tr[data-k="' + k + '"] button');
      if (button) button.focus({ preventScroll: true });
    });
    for (const button of document.querySelectorAll("[data-piece]")) {
      button.title = "Only builds with this piece";
      button.addEventListener("click", () => {
        byId("search").value = '"' + button.dataset.piece.replaceAll('"', '""') + '"';
        refilter();
        byId("builds").scrollIntoView({ behavior: "auto", block: "start" });
      });
    }
    const plot = byId("plot");
    if (plot) {
      plot.addEventListener("pointermove", (event) => placeDot(plotRank(event)));
      plot.addEventListener("pointerleave", () => placeDot(state.open));
      plot.addEventListener("click", (event) => openBuild(plotRank(event)));
    }
    byId("theme").addEventListener("click", () => {
      const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const themes = dark ? ["", "light", "dark"] : ["", "dark", "light"];
      const next = themes[(themes.indexOf(root.dataset.theme || "") + 1) % 3];
      if (next) root.dataset.theme = next;
      else delete root.dataset.theme;
    });
    window.addEventListener("beforeprint", () => {
      const shown = state.shown.slice(0, PRINTED_ROWS);
      byId("rows").replaceChildren(...shown.map(showRow));
      const hidden = state.shown.length - shown.length;
      byId("print-note").textContent = hidden ? "... and " + number(hidden) + " more builds." : "";
    });
    window.addEventListener("afterprint", () => showRows(true));
  }

  fillControls();
  byId("tools").hidden = byId("window").hidden = false;
  listen();
  syncSort();
  refilter();
  document.documentElement.dataset.ready = "yes";
})();

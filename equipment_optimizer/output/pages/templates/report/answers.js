// What one level more, or none, of each listed skill costs, and the card as a picture.
function priceOf(term, test) {
  for (let k = 0; k < data.n; k++) if (test(level(term, k))) return k;
  return -1;
}
function showCosts() {
  const own = listedSkills.filter((term) => term.by.length || term.values.length > 1);
  if (data.n < 2 || !data.whole || !own.length) return;
  const last = BigInt(data.scores[0]) - BigInt(data.scores[data.n - 1]);
  const lines = own.map((term) => {
    const [amount, , maximum] = term.at(0), isFull = maximum >= 0 && amount >= maximum;
    const more = isFull ? null : priceOf(term, (points) => points > amount), less = amount > 0 ? priceOf(term, (points) => points < amount) : null;
    const gap = (k) => (k === null ? null : k < 0 ? last : BigInt(data.scores[0]) - BigInt(data.scores[k]));
    return { term, more, less, cost: gap(more), loss: gap(less) };
  });
  // What costs most first: what the list does not have before what it has, what cannot be given up last.
  // With decorations the list knows upper limits alone: the same pieces with others in their slots may lose less.
  const isLoose = data.filled, rank = (line) => (line.less === null ? 0 : line.less < 0 === isLoose ? 1 : 2), by = (a, b, of) => (b[of] > a[of] ? 1 : b[of] < a[of] ? -1 : 0);
  lines.sort((a, b) => rank(b) - rank(a) || by(a, b, "loss") || by(a, b, "cost"));
  const priced = (k, gap, none) => {
    const td = make("td", "number");
    if (k === null) td.textContent = none;
    else if (k < 0) td.textContent = isLoose ? "not known from this list" : "at least " + decimal(gap);
    else td.append((gap ? (isLoose ? "at most " : "") + decimal(gap) : "nothing") + " ", button("link", "build " + number(k + 1), "", () => openBuild(k)));
    return td;
  };
  const rows = lines.map(({ term, more, less, cost, loss }) => [term.name, make("td", "number", levelText(term, 0)), priced(less, loss, "has none"), priced(more, cost, "at its maximum")]);
  fillTable("costs-table", ["Skill", "In the best build", "One level less costs", "One level more costs"], rows);
  const told = [];
  // All that cost the most, not one of them.
  const tell = (words, of, at) => {
    const own = lines.filter((line) => line[of] > 0n && !(isLoose && line[at] < 0)).sort((a, b) => (a[at] < 0 ? 0 : 1) - (b[at] < 0 ? 0 : 1) || by(a, b, of)), [most] = own;
    if (!most) return;
    const tied = own.filter((line) => (line[at] < 0) === (most[at] < 0) && line[of] === most[of]).map((line) => line.term.name);
    told.push(make("b", "", words), " of " + listText(tied, Infinity, " or ") + (isLoose ? " costs at most " : " costs the most: " + (most[at] < 0 ? "at least " : "")) + decimal(most[of]) + (tied.length > 1 ? " each" : "") + (isLoose ? ", the highest of these limits. " : ". "));
  };
  tell("One level less", "loss", "less");
  tell("One level more", "cost", "more");
  const isOver = lines.some((line) => line.less < 0 || line.more < 0);
  const asked = lines.find((line) => line.more !== null && isPlain(line.term.name)), given = lines.find((line) => line.less !== null);
  if (isLoose) {
    byId("costs-over").replaceChildren("Each of them has its best decorations: with others a level may cost less, so these are upper limits, and a level that no listed build has may cost less than any of them. ");
    if (asked) byId("costs-over").append("Exactly, one level more: ", make("code", "", explainCommand(asked.term, asked.term.at(0)[0] + 1)), ". ");
    if (given) byId("costs-over").append("One level less: “" + given.term.name + " <= " + (given.term.at(0)[0] - 1) + "” as a condition, “Copy as config”, and run again.");
  } else byId("costs-over").textContent = isOver ? "\u201cat least " + decimal(last) + "\u201d: no listed build has that level, and the last one is " + decimal(last) + " below the first. A longer list tells how much it costs, if there is such a build." : "";
  byId("costs-lead").replaceChildren(...told);
  reveal("costs");
}

// --- how firm is the best build? --------------------------------------------
// Weights, one at a time, between which no listed build is better than the first; who is first beyond.
function firmRange(index) {
  const now = Number(data.weights[index].value), by = terms.filter((term) => term.by.includes(index)), unit = 10 ** data.digits;
  const amounts = by.map((term) => term.values.map((value) => Number(counting(term, value)) / 10 ** (term.digits || 0)));
  const range = { now, low: -Infinity, high: Infinity, below: -1, above: -1 };
  for (let k = 1; k < data.n; k++) {
    let rise = 0;
    by.forEach((term, at) => { rise += amounts[at][term.code(k)] - amounts[at][term.code(0)]; });
    const gap = (Number(data.scores[0]) - Number(data.scores[k])) / unit;
    if (rise > 0 && now + gap / rise < range.high) { range.high = now + gap / rise; range.above = k; }
    if (rise < 0 && now + gap / rise > range.low) { range.low = now + gap / rise; range.below = k; }
  }
  return range;
}
const roughly = (value) => String(Number(value.toPrecision(4))).replace("-", MINUS);
function showFirmness() {
  if (data.n < 2 || !data.weights.length || isFront || !byId("firm-table")) return;
  const lines = data.weights.map((weight, index) => ({ weight, ...firmRange(index) })).filter((line) => line.below >= 0 || line.above >= 0);
  if (!lines.length) return;
  const slack = (line) => Math.min(line.high - line.now, line.now - line.low) / Math.max(Math.abs(line.now), 1e-9);
  lines.sort((a, b) => slack(a) - slack(b));
  const cellOf = (value, k) => {
    const td = make("td", "number");
    if (k < 0) td.textContent = "any";
    else td.append(roughly(value) + ", then ", button("link", "build " + number(k + 1), "", () => openBuild(k)));
    return td;
  };
  fillTable("firm-table", ["Weight of", "Is", "Best down to", "Best up to"], lines.map((line) => [line.weight.name, make("td", "number", roughly(line.now)), cellOf(line.low, line.below), cellOf(line.high, line.above)]));
  reveal("firm");
}
// --- what is a piece worth? --------------------------------------------------
// The first build with each piece, by its name; of those that the best has, the first without it, -1 for none.
const firstBuilds = (() => {
  let made = null;
  return () => {
    if (made) return made;
    const names = (k) => data.positions.map((_, position) => pieceAt(position, k).name), best = new Set(names(0)), first = new Map();
    for (let k = 0; k < data.n; k++) for (const name of names(k)) if (!first.has(name)) first.set(name, k);
    for (const name of best) {
      let k = 1;
      while (k < data.n && names(k).includes(name)) k++;
      first.set(name, k < data.n ? k : -1);
    }
    return (made = { best, first });
  };
})();
function pieceWorth(name) {
  const { best, first } = firstBuilds(), k = first.get(name), what = best.has(name) ? "without it " : "with it ", told = make("span", "of");
  const gap = BigInt(data.scores[0]) - BigInt(data.scores[k < 0 ? data.n - 1 : k]);
  if (k < 0) told.append(data.whole ? what + "at least " + decimal(gap) + " less" : "in every build");
  else told.append(what + (gap ? decimal(gap) + " less" : "no less") + ": ", button("link", "build " + number(k + 1), "", () => openBuild(k)));
  return told;
}
// A section that the page makes itself, and the way to it.
function reveal(id) {
  byId(id).hidden = document.querySelector('.contents [href="#' + id + '"]').hidden = false;
}
// Rows whose first cell is their head.
function fillTable(id, names, rows) {
  const top = make("thead"), body = make("tbody"), head = make("tr");
  names.forEach((text, at) => { const th = make("th", at ? "number" : "", text); th.scope = "col"; head.append(th); });
  top.append(head);
  for (const [name, ...cells] of rows) {
    const row = make("tr"), th = make("th", "", name);
    th.scope = "row";
    row.append(th, ...cells);
    body.append(row);
  }
  byId(id).replaceChildren(top, body);
}

// --- is the list still good? ------------------------------------------------
const VERDICTS = { good: ["\u2713", "Up to date"], bad: ["\u2715", "May be out of date"], open: ["?", "Not all checked"] };
// What is known of the files so far; they may be chosen one after the other.
const filesMade = [...document.querySelectorAll("[data-sha256]")].map((line) => ({ name: line.dataset.file, sha256: line.dataset.sha256, found: "" }));
async function compareFiles(files) {
  const strange = [];
  for (const file of files) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""), same = filesMade.filter((own) => own.sha256 === sha256);
    const named = filesMade.filter((own) => own.sha256 && own.name === file.name);
    for (const own of same) own.found = file.name + " is as it was";
    if (!same.length) for (const own of named) own.found = "changed";
    if (!same.length && !named.length) strange.push(file.name);
  }
  showFiles(strange);
}
function showFiles(strange) {
  const names = (own) => own.map(({ name }) => name).join(", "), changed = filesMade.filter((own) => own.found === "changed"), open = filesMade.filter((own) => !own.found && own.sha256), unknown = filesMade.filter((own) => !own.sha256);
  const same = filesMade.filter((own) => own.found && own.found !== "changed");
  const kind = changed.length ? "bad" : open.length || unknown.length ? "open" : "good", head = make("h3", kind), icon = make("span", "icon", VERDICTS[kind][0]), list = make("ul");
  icon.setAttribute("aria-hidden", "true");
  head.append(icon, " " + VERDICTS[kind][1]);
  const say = (text) => list.append(make("li", "", text));
  if (kind === "bad") say(names(changed) + (changed.length > 1 ? " have" : " has") + " changed: the list may be out of date. Run again.");
  if (kind === "good") say("The list is still good: all " + filesMade.length + " files are as they were.");
  if (open.length) say("Not checked yet: " + names(open) + (kind === "open" ? ". Choose " + (open.length > 1 ? "them" : "it") + ", too." : "."));
  if (unknown.length) say("Cannot be checked, as it was no file: " + names(unknown) + ".");
  for (const own of same) say(own.found + ".");
  const endOf = (name) => name.split(".").pop().toLowerCase();
  for (const name of strange) {
    const old = open.filter((own) => endOf(own.name) === endOf(name)), line = make("li", "", name + (old.length ? " is new here. Is it now used in place of " : " is none of the files that this list was made of, neither by name nor by what is in it."));
    for (const own of old) line.append(button("quiet tiny", own.name, name + " takes the place of " + own.name, () => { own.found = "changed"; showFiles(strange.filter((other) => other !== name)); }), " ");
    list.append(line);
  }
  byId("files-told").replaceChildren(head, list);
  byId("again").hidden = kind !== "bad";
}
function listenToFiles() {
  if (!byId("files") || !globalThis.crypto || !crypto.subtle) return;
  byId("compare-files").hidden = false;
  byId("files-by-hand").hidden = true;
  byId("files").addEventListener("change", () => compareFiles([...byId("files").files]));
  const frame = document.querySelector("nav.frame"), command = byId("again-command"), told = make("span", "told"), buttons = byId("again-buttons");
  told.setAttribute("role", "status");
  if (frame && frame.dataset.command) {
    command.textContent = frame.dataset.command;
    byId("again-batch").textContent = " of the batch, which makes what is out of date";
  }
  buttons.append(button("quiet", "Copy the command", "", async () => { await copy(command.textContent, "The command is copied."); told.textContent = byId("told").textContent; }));
  for (const link of frame ? frame.querySelectorAll(".to-changes, a:first-child") : []) buttons.append(link.cloneNode(true));
  buttons.append(told);
}

// --- the picture -----------------------------------------------------------
const WIDE = 720;
const PAINT = { page: "#ffffff", ink: "#1b1f27", soft: "#525b69", accent: "#2f5fd0", track: "#e2e6ed", warn: "#9a5b00", line: "#dfe3ea" };
// Words in lines that fit, by the width that the browser's own letters have.
const pen = document.createElement("canvas").getContext("2d");
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
function wrapped(text, size, weight, width) {
  pen.font = weight + " " + size + "px " + FONT;
  const lines = [];
  let line = "";
  for (const word of text.split(" ").flatMap((own) => (pen.measureText(own).width > width ? own.match(/.{1,24}/gu) : [own]))) {
    const longer = line ? line + " " + word : word;
    if (line && pen.measureText(longer).width > width) { lines.push(line); line = word; } else line = longer;
  }
  return [...lines, line];
}
function cardPicture(k) {
  const svg = draw("svg", { xmlns: "http://www.w3.org/2000/svg", width: WIDE, "font-family": FONT });
  const background = draw("rect", { width: WIDE, rx: 14, fill: PAINT.page, stroke: PAINT.line });
  svg.append(background);
  const write = (text, x, y, { size = 14, weight = 400, fill = PAINT.ink, width = WIDE - 48, anchor = "start", gap = size * 1.35 } = {}) => {
    for (const line of wrapped(text, size, weight, width)) { svg.append(draw("text", { x, y, "font-size": size, "font-weight": weight, fill, "text-anchor": anchor }, line)); y += gap; }
    return y;
  };
  const byline = document.querySelector(".kicker");
  let y = 40;
  if (byline) y = write(byline.textContent, 24, y - 4, { size: 13, fill: PAINT.soft }) + 6;
  svg.append(draw("text", { x: WIDE - 24, y, "font-size": 26, "font-weight": 700, fill: PAINT.accent, "text-anchor": "end" }, scoreText(k)));
  y = write(title, 24, y, { size: 22, weight: 700, width: WIDE - 200 });
  y = write("Build " + number(k + 1) + " of " + number(data.n), 24, y - 6, { size: 13, fill: PAINT.soft }) + 12;
  const top = y;
  data.positions.forEach((name, position) => {
    const piece = pieceAt(position, k), slots = slotText(piece.slots), parts = piece.skills.map(([skill, points]) => skill + " " + points);
    svg.append(draw("text", { x: 24, y, "font-size": 12, fill: PAINT.soft }, name));
    y = write(nameOf(piece) + (slots ? " [" + slots + "]" : ""), 104, y, { weight: 600, width: 250 });
    if (parts.length) y = write(parts.join(", "), 104, y - 2, { size: 12, fill: PAINT.soft, width: 250 });
    y += 5;
  });
  let right = top;
  for (const term of ownSkills(k).filter((own) => level(own, k)).slice(0, 18)) {
    const [amount, , maximum] = term.at(k), length = Math.max(amount, maximum, 1), known = maximum < 0 ? amount : Math.min(amount, maximum);
    const after = write(term.name, 384, right, { size: 13, width: 150 });
    if (length <= 30) for (let at = 0; at < length; at++) svg.append(draw("rect", { x: 542 + (at * 104) / length, y: right - 9, width: 104 / length - 2, height: 9, rx: 2, fill: at < known ? PAINT.accent : at < amount ? PAINT.warn : PAINT.track }));
    svg.append(draw("text", { x: WIDE - 24, y: right, "font-size": 13, fill: PAINT.ink, "text-anchor": "end" }, levelText(term, k)));
    right = after + 4;
  }
  y = Math.max(y, right) + 6;
  const rest = [["Decorations", fillingOf(k).map(([count, name]) => count + "\u00d7 " + name).join(", ")], ["Free slots", freeSlots(k)], ["Set bonuses", bonusLines(k).filter((own) => own.isActive).map((own) => own.name + " (" + own.count + ")").join(", ")],
    ["", terms.filter((term) => term.kind !== "skill" && term.kind !== "slots").map((term) => term.name + " " + amountText(term, k)).join(", ")]];
  for (const [name, text] of rest) if (text) y = write((name ? name + ": " : "") + text, 24, y, { size: 13 }) + 3;
  svg.setAttribute("height", Math.ceil(y + 6));
  svg.setAttribute("viewBox", "0 0 " + WIDE + " " + Math.ceil(y + 6));
  background.setAttribute("height", Math.ceil(y + 6));
  return svg;
}
const pictureText = (k) => new XMLSerializer().serializeToString(cardPicture(k));
function saveSvg(k) {
  save([pictureText(k)], "image/svg+xml", fileName(" " + (k + 1) + ".svg"));
  say("Saved: build " + number(k + 1) + " as SVG.");
}
async function pngOf(k) {
  const picture = new Image(), svg = cardPicture(k), canvas = document.createElement("canvas"), scale = 2;
  picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(svg));
  await picture.decode();
  canvas.width = WIDE * scale;
  canvas.height = Number(svg.getAttribute("height")) * scale;
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
async function savePng(k) {
  save([await pngOf(k)], "image/png", fileName(" " + (k + 1) + ".png"));
  say("Saved: build " + number(k + 1) + " as PNG.");
}

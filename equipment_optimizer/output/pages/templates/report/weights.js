// Other weights: the listed builds in the order that they would have, from what they have of each term.
const changed = new Map();
let ranking = null;

const asWritten = (index) => changed.get(index) ?? data.weights[index].value;
const digitsOf = (text) => (text.split(".")[1] || "").length;

// Scores with the weights as they are now, {digits, scores}, and the rank of each build.
function reckon() {
  ranking = null;
  if (!changed.size) return;
  const of = (term) => term.by.reduce((most, index) => (changed.has(index) ? Math.max(most, digitsOf(changed.get(index)), digitsOf(data.weights[index].value)) : most), 0) + (term.digits || 0);
  const digits = terms.reduce((most, term) => Math.max(most, of(term)), data.digits);
  const up = 10n ** BigInt(digits - data.digits);
  const scores = data.scores.map((score) => BigInt(score) * up);
  for (const term of terms) {
    const rise = riseOf(term, digits);
    if (!rise) continue;
    const deltas = term.values.map((value) => BigInt(counting(term, value)) * rise);
    for (let k = 0; k < data.n; k++) scores[k] += deltas[term.code(k)];
  }
  const order = Array.from(scores.keys()).sort((a, b) => (scores[a] > scores[b] ? -1 : scores[a] < scores[b] ? 1 : a - b));
  const rank = new Uint32Array(data.n);
  order.forEach((k, at) => { rank[k] = at; });
  ranking = { digits, scores, order, rank };
}
// By how much one of what a term counts is worth more than before.
function riseOf(term, digits) {
  const own = digits - (term.digits || 0);
  return term.by.filter((index) => changed.has(index)).reduce((sum, index) => sum + scaledOf(changed.get(index), own) - scaledOf(data.weights[index].value, own), 0n);
}
// Levels that the weight multiplies: none where a penalty takes its place.
function counting(term, [amount, , maximum]) {
  if (term.kind !== "skill" || maximum < 0 || amount <= maximum) return amount;
  return data.caps ? maximum : 0;
}
function scoreAt(k, digits) {
  const own = ranking ? ranking.digits : data.digits;
  return BigInt(ranking ? ranking.scores[k] : data.scores[k]) * 10n ** BigInt(Math.max(0, digits - own));
}
const scoreText = (k) => (ranking ? decimal(ranking.scores[k], false, ranking.digits) : decimal(data.scores[k]));
const rankOf = (k) => (ranking ? ranking.rank[k] : k);
const bestNow = () => (ranking ? ranking.order[0] : 0);
function worthText(term, k) {
  const [amount, worth] = term.at(k);
  if (!ranking) return decimal(worth, true);
  const up = 10n ** BigInt(ranking.digits - data.digits);
  const rise = riseOf(term, ranking.digits);
  return decimal(BigInt(worth) * up + BigInt(counting(term, term.at(k))) * rise, true, ranking.digits);
}
const worthNow = (term, k) => {
  const text = worthText(term, k).replace(MINUS, "-"), digits = ranking ? ranking.digits : data.digits;
  return scaledOf(text, digits);
};

// --- the sliders -----------------------------------------------------------
const sliders = [];
function tidy(value, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return String(Number(value.toFixed(digits + 1)));
}
function makeSliders() {
  const panel = byId("weights");
  const grid = make("div", "sliders");
  const place = { skills: 0, unlisted_skill_weight: 1, decorations: 3 };
  const order = data.weights.map((weight, index) => ({ weight, index, at: place[weight.path[0]] ?? 2 }));
  order.sort((a, b) => a.at - b.at || (a.at ? 0 : b.weight.value - a.weight.value) || a.index - b.index);
  for (const { weight, index } of order) {
    const value = Number(weight.value), size = Math.max(Math.abs(value), 0.5), step = 10 ** Math.floor(Math.log10(size / 20));
    const line = make("div", "slider"), range = make("input"), typed = make("input");
    range.type = "range"; typed.type = "number";
    range.min = value < 0 ? -4 * size : 0; range.max = value < 0 ? 0 : 4 * size; range.step = typed.step = step;
    typed.step = "any";
    range.setAttribute("aria-label", "Weight of " + weight.name);
    typed.setAttribute("aria-label", "Weight of " + weight.name + ", as a number");
    range.addEventListener("input", () => setWeight(index, tidy(Number(range.value), step)));
    typed.addEventListener("input", () => { if (typed.value !== "" && /^-?\d*\.?\d+$/.test(typed.value)) setWeight(index, typed.value); });
    const double = button("quiet small-button", "\u00d72", "\u00d72: double the weight of " + weight.name, () => setWeight(index, tidy(2 * Number(asWritten(index)), step / 100)));
    line.append(make("span", "name", weight.name), range, typed, double);
    grid.append(line);
    sliders.push({ line, range, typed, index });
  }
  const told = make("p", "told");
  told.id = "weights-told";
  told.setAttribute("role", "status");
  const exact = make("p", "small exact", "To be exact, save the changed config as CHANGED.json and run "), row = make("div", "tools");
  exact.append(make("code", "", byId("weights").dataset.command));
  row.append(button("quiet", "Copy the changed config", "", copyConfig), exact);
  panel.append(told, grid, row);
}
function showWeights() {
  byId("weights").hidden = !state.weighing;
  byId("weigh").setAttribute("aria-expanded", String(state.weighing));
  if (!state.weighing) return;
  if (!sliders.length) makeSliders();
  sliders.forEach(({ line, range, typed, index }) => {
    const value = asWritten(index);
    range.step = Math.min(range.step, 10 ** -digitsOf(value));
    if (Number(range.value) !== Number(value)) range.value = value;
    if (document.activeElement !== typed || Number(typed.value) !== Number(value)) typed.value = value;
    line.classList.toggle("changed", changed.has(index));
  });
}
// What the other weights come to, in words.
function weightsSentence() {
  if (!ranking) return "";
  const { order, rank, scores } = ranking, first = order[0], tied = order.filter((k) => scores[k] === scores[first]), isTied = tied.length > 1;
  const named = [...changed].map(([index, text]) => data.weights[index].name + " " + text.replace("-", MINUS) + " (was " + data.weights[index].value.replace("-", MINUS) + ")");
  const n_top = Math.min(10, data.n - 1), others = order.slice(0, n_top).filter((k) => k >= n_top);
  const top = n_top < 3 ? "" : others.length ? " New among the first " + n_top + ": " + buildsText(others, n_top) + "." : " The first " + n_top + " are the same builds.";
  const parts = data.positions.map((_, position) => [pieceAt(position, first), pieceAt(position, 0)]).filter(([own, old]) => own !== old);
  const pieces = parts.slice(0, 4).map(([own, old]) => nameOf(own) + " for " + nameOf(old)).join(", ") + (parts.length > 4 ? " and " + (parts.length - 4) + " more" : "");
  const told = first === 0
    ? "build 1 stays first" + (isTied ? ", equal with " + buildsText(tied.slice(1)) : "") + ", now with " + scoreText(0) + "."
    : buildsText(tied) + (isTied ? " are first now (equal) with " : " is first now with ") + scoreText(first) + (pieces ? " (" + (isTied ? "build " + number(first + 1) + ": " : "") + pieces + ")" : "") + "; build 1 falls to place " + number(rank[0] + 1) + " with " + scoreText(0) + ".";
  return "With " + listText(named, 4) + ": " + told + top + " Re-ranked among these " + counted(data.n, "build") + " only; run again to be exact.";
}

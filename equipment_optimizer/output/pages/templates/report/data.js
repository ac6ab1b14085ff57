// What the page knows: the builds as columns, exact decimals, and elements made of text.
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_{|}~";
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
// Codes as `_code_text` writes them: what is left of the state names the next one, and how much of it goes on.
function decode({ codes: text, counts, size }, n = data.n) {
  const codes = new Float64Array(n), base = ALPHABET.length, starts = [0], codeAt = [];
  if (!text) return codes;
  if (counts) [...counts, n].forEach((count, code) => { for (; count-- && codeAt.length < n; ) codeAt.push(code); starts.push(codeAt.length); });
  const total = counts ? n : size, least = total * (Math.floor(base ** 4 / total) + 1);
  let state = 0, at = 0;
  const fill = () => { while (state < least) state = state * base + ALPHABET.indexOf(text[at++]); };
  fill();
  for (let k = 0; k < n; k++) {
    const part = state % total, code = counts ? codeAt[part] : part;
    codes[k] = code;
    state = Math.floor(state / total);
    if (counts) state = state * (starts[code + 1] - starts[code]) + part - starts[code];
    fill();
  }
  return codes;
}
// Numbers as a list, as codes of values, or as codes that they are.
const numbersOf = (told, n = data.n) => (Array.isArray(told) ? told : told.values ? Array.from(decode(told, n), (code) => told.values[code]) : [...decode(told, n)]);
function risen({ first, steps, n }) {
  let last = first;
  return [first, ...numbersOf(steps, n).map((step) => (last += step))];
}
// What most of them are is not written, and skills and bonuses are written as numbers.
data.terms = data.terms.map((term) => {
  const amounts = Array.isArray(term.amounts) ? term.amounts : risen(term.amounts), { maxima = [-1], worths = [], each } = term, worth = numbersOf(worths, amounts.length);
  const worthOf = (amount, most, at) => (each ? each * (most < 0 ? amount : Math.min(amount, most)) : worth[at] || 0);
  return { kind: "skill", by: data.by, ...term, values: amounts.map((amount, at) => { const most = maxima[at] ?? maxima[0]; return [amount, worthOf(amount, most, at), most]; }) };
});
data.bonuses = data.bonuses.map((bonus) => ({ ...bonus, kind: "bonus", values: (bonus.amounts || [0, 1]).map((amount) => [amount]), steps: bonus.steps.map(([required, skill, points]) => [required, data.terms[skill]?.name ?? skill, points]) }));
data.weights = data.weights.map((weight) => ({ name: weight.path[1], ...weight }));
const named = (levels) => levels.map(([number, level]) => [data.terms[number].name, level]);
const eachOf = (columns) => { const lists = columns.map((told) => numbersOf(told, data.names.length)); return (index) => lists.map((list) => list[index]); };
const slotsOf = eachOf(data.slots), pointsOf = eachOf(data.points), defenceOf = eachOf([data.defences]);
data.pieces = data.names.map((name, index) => ({ name, defence: defenceOf(index)[0], slots: slotsOf(index), skills: named(data.skills[index]), resistances: pointsOf(index), bonuses: data.worn[index].map((bonus) => data.bonuses[bonus]?.name ?? bonus) }));
const title = document.querySelector("h1").textContent;
const MINUS = "\u2212";

// Every text goes through here: what somebody typed never becomes markup.
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
function draw(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
function button(className, text, label, onClick) {
  const element = make("button", className, text);
  element.type = "button";
  if (label) element.setAttribute("aria-label", label);
  if (label) element.title = label;
  if (onClick) element.addEventListener("click", onClick);
  return element;
}

function readable(column) {
  let codes = null;
  const code = (k) => (codes ??= column.codes === undefined ? added(column) : decode(column))[k];
  return { ...column, code, at: (k) => column.values[code(k)], varies: column.values.length > 1 };
}
// Each score is written as what it is less than the one before.
let lastScore = BigInt(data.first);
data.scores = numbersOf(data.drops).map((drop) => (lastScore -= BigInt(drop)));
// What a piece adds to a term.
function valueOfPiece({ kind, name }) {
  if (kind === "defence") return (piece) => piece.defence;
  if (kind === "slots") return (piece) => piece.slots[name[4] - 1];
  if (kind === "resistance") { const at = data.resistances.indexOf(name.slice(0, -4)); return (piece) => piece.resistances[at]; }
  if (kind === "bonus") return (piece) => piece.bonuses.filter((bonus) => bonus === name).length;
  return (piece) => levelIn(piece.skills, name);
}
const levelIn = (own, name) => (own.find(([skill]) => skill === name) || [0, 0])[1];
// Amounts, added up over a build's pieces and decorations.
function added(column) {
  const place = new Map(column.values.map((value, index) => [value[0], index])), codes = new Uint32Array(data.n);
  const ofPiece = data.pieces.map(valueOfPiece(column));
  const sums = new Int32Array(data.n);
  for (const pieces of pieceNumbers()) for (let k = 0; k < data.n; k++) sums[k] += ofPiece[pieces[k]];
  for (const decoration of decorations) {
    const gives = column.kind === "skill" ? levelIn(decoration.skills, column.name) : 0;
    if (gives) for (let k = 0; k < data.n; k++) sums[k] += gives * decoration.at(k);
  }
  for (let k = 0; k < data.n; k++) codes[k] = place.get(sums[k]);
  return codes;
}
const decorations = data.decorations.map(([name, levels, told]) => { let counts = null; return { name, skills: named(levels), at: (k) => (counts ??= numbersOf(told))[k] }; });
const columns = data.columns.map(readable);
let numbersOfPieces = null;
const pieceNumbers = () => (numbersOfPieces ??= columns.map((column) => Uint32Array.from({ length: data.n }, (_, k) => column.at(k))));
const terms = data.terms.map((term, index) => ({ ...readable(term), index }));
const bonuses = data.bonuses.map(readable);
const gains = (data.gains || []).map(readable);
const skills = terms.filter((term) => term.kind === "skill");
const pieceAt = (position, k) => data.pieces[columns[position].at(k)];
const nameOf = (piece) => piece.name || "(empty)";
const isActive = (bonus, k) => bonus.steps.some(([required]) => bonus.at(k)[0] >= required);
const called = (term) => (term.kind === "slots" ? "Free level " + term.name[4] + " slots" : term.name);
const level = (term, k) => Number(term.at(k)[0]) / 10 ** (term.digits || 0);
const amountText = (term, k) => (term.digits ? decimal(term.at(k)[0], false, term.digits) : String(term.at(k)[0]));

const fillingOf = (k) => decorations.filter((jewel) => jewel.at(k)).map((jewel) => [jewel.at(k), jewel.name]);
// Slots as players write them, the largest first: 4-4-1.
function slotText(counts) {
  const levels = [];
  counts.forEach((count, at) => { for (let i = 0; i < count; i++) levels.unshift(at + 1); });
  return levels.length > 30 ? levels.length + " slots" : levels.join("-");
}
const freeSlots = (k) => slotText(terms.filter((term) => term.kind === "slots").map((term) => level(term, k)));
const levelText = (term, k) => amountText(term, k) + (term.at(k)[2] >= 0 ? "/" + term.at(k)[2] : "");

// Exact decimals: scaled integers of any size, `digits` behind the point.
function decimal(scaled, signed, digits = data.digits) {
  const value = BigInt(scaled);
  const all = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  const whole = all.slice(0, all.length - digits);
  const fraction = digits ? all.slice(all.length - digits).replace(/0+$/, "") : "";
  const sign = value < 0n ? MINUS : signed && value > 0n ? "+" : "";
  return sign + whole + (fraction ? "." + fraction : "");
}
const number = (n) => n.toLocaleString("en");
const counted = (n, word) => number(n) + " " + word + (n === 1 ? "" : "s");
// "a, b and c"; of more than `most` the rest as a number.
function listText(names, most = Infinity, joint = " and ") {
  const told = names.length > most ? [...names.slice(0, most - 1), names.length - most + 1 + " more"] : names;
  return told.length < 2 ? told.join("") : told.slice(0, -1).join(", ") + joint + told[told.length - 1];
}
const buildsText = (list, most = 4) => (list.length === 1 ? "build " : "builds ") + listText(list.map((k) => number(k + 1)), most);
const capital = (text) => text[0].toUpperCase() + text.slice(1);
// Blanks as wide as the digits that are not there, so that the points stand below each other.
function aligned(text, places) {
  const point = text.indexOf("."), has = point < 0 ? 0 : text.length - point - 1;
  return text + (point < 0 && places ? "\u2008" : "") + "\u2007".repeat(Math.max(0, places - has));
}
// How many places behind the point the longest of some scaled integers needs.
function placesOf(count, scaledAt, digits) {
  let most = 0;
  for (let at = 0; at < count && most < digits; at++) {
    let value = BigInt(scaledAt(at)), places = digits;
    while (places > most && value % 10n === 0n) { value /= 10n; places--; }
    most = places;
  }
  return most;
}

// Variants: each build's group, numbered from 0 in order, is told as how many groups before the next new one it is.
const groupOf = (() => {
  const group = new Uint32Array(data.n);
  let n = 0;
  numbersOf(data.groups).forEach((back, k) => { group[k] = n - back; if (!back) n++; });
  return group;
})();

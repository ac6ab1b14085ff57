// Conditions: `Attack Boost >= 7, not Brachydium, beta`, each of which must hold.
const GREEK = { α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ω: "omega", σ: "sigma", λ: "lambda", μ: "mu", π: "pi", θ: "theta" };
// As people type: without case, accents and the kinds of apostrophes; Greek letters by their names.
function fold(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[\u2018\u2019\u02bc`\u00b4]/g, "'").replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[αβγδεωσλμπθ]/g, (letter) => GREEK[letter]).replace(/\s+/g, " ").trim();
}
const SCORE = { name: "Score", kind: "score" };
const totals = [SCORE, ...terms];

function splitConditions(text) {
  return (text.match(/(?:"(?:[^"]|"")*"|[^,;\n])+/g) || []).map((part) => part.trim()).filter(Boolean);
}
const unquoted = (text) => (/^"[^]*"$/.test(text) ? { name: text.slice(1, -1).replaceAll('""', '"'), exact: true } : { name: text, exact: false });
const quoted = (name) => '"' + name.replaceAll('"', '""') + '"';

function totalNamed(text) {
  const wanted = fold(unquoted(text).name);
  const found = totals.filter((term) => fold(term.name) === wanted || fold(called(term)) === wanted);
  if (found.length) return found[0];
  const near = totals.filter((term) => fold(called(term)).includes(wanted));
  return near.length === 1 ? near[0] : null;
}

// A scaled integer of the value that somebody typed, comparable with `decimal`'s.
function scaledOf(text, digits) {
  const [, sign, whole, fraction = ""] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.replace(MINUS, "-"));
  return BigInt(sign + (whole || "0") + fraction.slice(0, digits).padEnd(digits, "0"));
}
const COMPARE = {
  ">=": (a, b) => a >= b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, "<": (a, b) => a < b, "=": (a, b) => a === b, "!=": (a, b) => a !== b,
};
const SIGNS = { "≥": ">=", "≤": "<=", "==": "=", "≠": "!=", "<>": "!=" };

// One condition as {text, holds} or {text, problem}; a comparison has also total, sign and value. `isFirm`: no other filling
// of a build's slots changes whether it holds, or for the score, none that scores less does.
function readCondition(text) {
  const match = /^(.+?)\s*(>=|<=|==|!=|<>|[≥≤≠=<>])\s*([+\u2212-]?(?:\d+\.?\d*|\.\d+))$/.exec(text);
  if (match && !/^"[^]*"$/.test(text)) {
    const total = totalNamed(match[1]), sign = SIGNS[match[2]] || match[2], compare = COMPARE[sign];
    if (!total) return { text, problem: "no skill or total is called " + match[1] };
    if (total === SCORE) {
      const digits = Math.max(data.digits, (match[3].split(".")[1] || "").length), value = scaledOf(match[3], digits);
      return { text, total, sign, value: match[3], isFirm: !data.filled || sign[0] === ">", holds: (k) => compare(scoreAt(k, digits), value) };
    }
    const value = Number(match[3].replace(MINUS, "-"));
    return { text, total, sign, value, isFirm: !data.filled || !["skill", "slots", "factor"].includes(total.kind), holds: (k) => compare(level(total, k), value) };
  }
  if (/[<>=≥≤≠]\s*\S*$/.test(text) && !text.includes('"')) return { text, problem: "write a number behind the sign: " + text };
  const negative = /^(?:not|without|no|!)\s+([^]+)$/i.exec(text) || /^[!-]([^]+)$/.exec(text);
  let wanted = (negative ? negative[1] : text).split(/\s+or\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/i).map(unquoted);
  // What nothing is called may be a part of a name in quotation marks, or the pieces of that name.
  let has = matcher(wanted);
  if (!has.isKnown) has = matcher(wanted = wanted.map(({ name }) => ({ name, exact: false })));
  const ofPieces = wanted.map(({ name }) => ({ name: name.replace(/\s+pieces?$/i, "").replaceAll('"', ""), exact: false }));
  if (!has.isKnown && matcher(ofPieces, true).isKnown) has = matcher(wanted = ofPieces, true);
  const condition = { text, wanted, isNot: Boolean(negative), pieces: has.pieces, isMixed: has.isMixed, isFirm: has.isFirm, note: has.note, holds: negative ? (k) => !has(k) : has };
  if (!has.isKnown && !negative) condition.problem = "nothing here is called " + wanted.map((own) => own.name).join(" or ");
  if (!has.isKnown && negative) condition.hint = "nothing here is called " + wanted.map((own) => own.name).join(" or ");
  return condition;
}

// Whether a build has a piece, a decoration, an active bonus or a skill of one of these names.
function matcher(wanted, isOfPieces) {
  const tests = wanted.map(({ name, exact }) => {
    if (exact) return (own) => own === name;
    const words = fold(name).split(" ");
    return (own) => { const folded = fold(own); return words.every((word) => folded.includes(word)); };
  });
  const test = (own) => tests.some((is) => is(own));
  const pieces = data.pieces.map((piece) => test(piece.name));
  const known = (list) => (isOfPieces ? [] : list.filter(({ name }) => test(name))), worn = known(decorations), own = known(skills), active = known(bonuses);
  const named = [...active.map((bonus) => (k) => isActive(bonus, k)), ...own.map((term) => (k) => level(term, k) > 0)];
  const has = (k) => {
    for (const column of columns) if (pieces[column.at(k)]) return true;
    return worn.some((jewel) => jewel.at(k)) || named.some((is) => is(k));
  };
  has.pieces = pieces;
  const others = [...(active.length ? ["a set bonus"] : []), ...(worn.length ? ["a decoration"] : []), ...(own.length ? ["a skill"] : [])];
  has.note = pieces.includes(true) || !(worn.length || active.length) ? "" : "no piece is called " + wanted.map(({ name }) => name).join(" or ") + ", but " + listText(others) + (others.length > 1 ? " are" : " is");
  has.isMixed = others.length > 0;
  has.isFirm = !data.filled || (!worn.length && !own.length);
  has.isKnown = named.length > 0 || pieces.includes(true) || worn.length > 0;
  return has;
}
const readConditions = (text) => splitConditions(text).map(readCondition);

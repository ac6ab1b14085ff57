"""Templates escape, scripts are pressed without changing what they say, and the policy allows nothing else."""

import base64
import hashlib
import re

import pytest

from equipment_optimizer.output.pages._rendering import SCRIPTS, _pressed, _with_short_names, assets, environment


def test_what_is_put_in_is_escaped():
    template = environment().from_string("{{ text }} {{ text | address }} {{ text | between_tags }}")
    assert template.render(text='<a "b">') == '&lt;a &#34;b&#34;&gt; ./%3Ca%20%22b%22%3E &lt;a "b"&gt;'


@pytest.mark.parametrize(
    ("written", "pressed"),
    [
        ("/* said */\na { color: red; }\n\nb {\n  top: 0;\n}", "a{color:red}b{top:0}"),
        (".a .b, .c :hover { margin: 0 auto; }", ".a .b,.c :hover{margin:0 auto}"),
        ('a { font: 1px/2 "A, b", c; content: attr(d) " "; }', 'a{font:1px/2 "A, b",c;content:attr(d) " "}'),
    ],
)
def test_blanks_that_mean_nothing_are_left_out(written, pressed):
    assert _pressed(written) == pressed


@pytest.mark.parametrize(
    ("written", "pressed"),
    [
        ("  // said\n\n  const a = 1, b = { c: 2 };\n  if (a)\n    f();\n", "let a=1,b={c:2};if(a)\nf();"),
        ('x = "a = b, c" + y ? 1 : 2;', 'x="a = b, c"+y?1:2;'),
        ("const r = / = /;\nconst t = ` = `;", "let r=/ = /;const t = ` = `;"),
        ("const f = () => {\n  g(h,\n    i);\n}\nj();", "let f=()=>{g(h,i)}\nj();"),
        ('const f = (a) => a + " + " + b;', 'let f=a=>a+" + "+b;'),
        ("a - -b; c + +d; e++ + f; g + ++h", "a - -b;c + +d;e++ + f;g + ++h\n"),
        ('if (/a b; [" /] +/.test(c, d)) x = a / 2;', 'if(/a b; [" /] +/.test(c,d)) x=a / 2;'),
        ("k < n ? -1 : x[k] * 2", "k<n?-1:x[k]*2\n"),
    ],
)
def test_signs_of_a_script_stand_without_blanks_where_they_stay_the_same(written, pressed):
    assert _pressed(written, is_script=True) == pressed


def test_the_policy_names_the_style_and_the_script_and_nothing_else():
    own = assets("report.css", *SCRIPTS)
    for text, source in ((own["style"], "style-src"), (own["script"], "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in own["policy"]
    sources = set(re.findall(r"[\w-]+-src|base-uri|form-action", own["policy"]))
    assert sources == {"default-src", "img-src", "style-src", "script-src", "base-uri", "form-action"}
    assert "unsafe" not in own["policy"]
    assert "script-src" not in assets("report.css")["policy"]


def test_functions_have_short_names_where_no_property_and_no_text_is_called_so():
    told = _with_short_names(
        ['function tell(a) {\n  return [...tell("tell"), a.said, /tell/.test(a)];\n}', "function said() { tell(1); }"]
    )
    assert told == [
        'function $0(a) {\n  return [...$0("tell"), a.said, /tell/.test(a)];\n}',
        "function said() { $0(1); }",
    ]
    # What all parts share has short names, too, save where a word alone between braces is a property's name.
    shared = [
        "const first = 1, other = { first: 2, third };",
        "let third, fourth = other;\n  const { fifth } = fourth, sixth = 1;",
    ]
    assert _with_short_names([*shared, "const fifth = 0;"]) == [
        "const first = 1, $1 = { first: 2, third };",
        "let third, $0 = $1;\n  const { fifth } = $0, sixth = 1;",
        "const fifth = 0;",
    ]
    assert _with_short_names(["function tell() {}\nx = `${tell()}`;"]) == ["function tell() {}\nx = `${tell()}`;"]

package hiring

import "testing"

func TestMarkdownThereAndBack(t *testing.T) {
	t.Parallel()
	for _, html := range []string{
		"<p>Run <strong>IT</strong>, <em>now</em>.</p>", "<h2>What you will do</h2>\n<ul>\n<li>plan</li>\n<li>buy</li>\n</ul>", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>",
		"<p>5 * 3 &lt; 20 &amp; a_b_c [x]</p>", "<p># no heading</p>", "<p>Read <code>my_file * [x] &lt;y&gt; &amp;amp;</code> now</p>", "<p>Use <code>a`b</code></p>", "<p>1. no list</p>", "<p>first</p>\n<p>second</p>",
		"<table><tbody><tr><td>a cell</td></tr></tbody></table>",
	} {
		written := markdownOf(html)
		back, err := htmlOf(written)
		if err != nil || back != html {
			t.Errorf("%q is written as %q and read as %q, %v", html, written, back, err)
		}
	}
	if back, err := htmlOf("[x](javascript:alert(1)) <b onclick=x>y</b><script>alert(1)</script>"); err != nil || back != "<p>x <b>y</b></p>" {
		t.Errorf("unsafe markup becomes %q, %v", back, err)
	}
}

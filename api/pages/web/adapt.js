// A store's own version of a brand's post: made of what the brand lets it change, and taken on when the brand changes.
import { ask } from "./ask.js";
import { Act, Area, Badge, Head, Input, go, html, t, tell, useState } from "./kit.js";
import { name } from "./words.js";
import { Findings, Note } from "./note.js";

const FIELDS = { TITLE: "标题", BODY: "正文", TAGS: "标签", PRODUCTS: "商品", COVER: "封面" };
const media = (one) => ({ assetId: one.asset.id, caption: one.caption });
const BLOCKS = { TextBlock: (one) => ({ text: one.text }), ImageBlock: (one) => ({ image: media(one) }), VideoBlock: (one) => ({ video: media(one) }), ProductBlock: (one) => ({ productId: one.product.id }) };
// What a store says differently, field by field, as the API takes it.
const SAID = {
  TITLE: (it) => ({ title: it.title }),
  BODY: (it) => ({ body: it.body.map((one) => BLOCKS[one.__typename](one)) }),
  TAGS: (it) => ({ tags: it.tags }),
  PRODUCTS: (it) => ({ productIds: it.products.map((one) => one.id) }),
  COVER: (it) => ({ cover: it.cover?.id ?? null }),
};
const saying = (fields, revision) => Object.assign({}, ...fields.map((field) => SAID[field](revision)));

export function Adapted({ ops, post, again }) {
  const [writing, setWriting] = useState(false);
  const { adaptation, revision } = post;
  const title = html`<${Head} title=${revision.title} back="/desk/posts"><${Badge}>${name(post.state)}<//>
    ${!adaptation && revision.unlocked.length > 0 && html`<button type="button" class="main" onClick=${() => setWriting(true)}>${t("改成本店的")}</button>`}
    ${adaptation && ["DRAFT", "REJECTED"].includes(post.state) && html`<${Act} kind="main" run=${() => ask(ops.PostsSubmit, { id: post.id }).then(() => (tell(t("已提交审核")), again()))}>${t("提交审核")}<//>`}<//>`;
  return html`${title}<div class="split wide"><div class="stack">
      ${adaptation && html`<${ThreeWays} key=${post.version} ops=${ops} post=${post} again=${again} />`}
      ${adaptation && html`<${Findings} findings=${post.review?.findings} />`}
      ${writing && html`<${Write} ops=${ops} post=${post} />`}
      ${!adaptation && !writing && html`<p class="faint">${revision.unlocked.length ? t("总部允许改：{fields}", { fields: revision.unlocked.map((one) => t(FIELDS[one])).join("、") }) : t("总部没有放开这篇，只能原样分享。")}</p>`}
    </div><div class="phone"><div class="view"><${Note} content=${revision} /></div></div></div>`;
}

function Write({ ops, post }) {
  const { unlocked } = post.revision;
  const [mine, setMine] = useState(post.revision);
  const text = (place, words) => setMine({ ...mine, body: mine.body.map((one, it) => (it === place ? { ...one, text: words } : one)) });
  async function save() {
    const changed = ["TITLE", "BODY", "TAGS"].filter((one) => unlocked.includes(one) && JSON.stringify(SAID[one](mine)) !== JSON.stringify(SAID[one](post.revision)));
    const { postAdapt } = await ask(ops.PostsAdapt, { id: post.id, input: saying(changed, mine) });
    tell(t("本店的版本存成了草稿"));
    go(`/desk/posts/${postAdapt.post.id}`);
  }
  return html`<section class="card stack" aria-label=${t("本店的版本")}><h2>${t("本店的版本")}</h2>
    ${unlocked.includes("TITLE") && html`<${Input} label=${t("标题")} value=${mine.title} onInput=${(title) => setMine({ ...mine, title })} maxlength="60" />`}
    ${unlocked.includes("BODY") && mine.body.map((one, place) => one.__typename === "TextBlock" && html`<${Area} key=${place} label=${t("第 {n} 段", { n: place + 1 })} value=${one.text} onInput=${(words) => text(place, words)} />`)}
    ${unlocked.includes("TAGS") && html`<${Input} label=${t("标签")} value=${mine.tags.join(" ")} onInput=${(words) => setMine({ ...mine, tags: words.split(/\s+/).filter(Boolean) })} />`}
    <${Act} kind="main" run=${save}>${t("存成草稿")}<//></section>`;
}

// Each field that differs: the brand's then, the brand's now, the store's. What only one side changed is settled;
// where both did, somebody says which holds.
function ThreeWays({ ops, post, again }) {
  const { stale, differences } = post.adaptation;
  const theirs = (one) => one.own.join("\n") === one.base.join("\n");
  const [taken, take] = useState(() => Object.fromEntries(differences.map((one) => [one.field, one.conflict ? null : theirs(one) ? "brand" : "own"])));
  const left = differences.filter((one) => !taken[one.field]).length;
  async function save() {
    const own = differences.map((one) => one.field).filter((field) => taken[field] === "own");
    await ask(ops.PostsAdaptAgain, { id: post.id, input: saying(own, post.revision), version: post.version });
    tell(t("已跟上总部的改动"));
    again();
  }
  if (!stale) return html`<p class="card">${t("和总部现在的版本一致，没有要跟的改动。")}</p>`;
  return html`<section class="card stack" aria-label=${t("总部改过了")}><div class="row apart"><h2>${t("总部改过了")}</h2><span role="status">${left ? t("还有 {n} 处要选", { n: left }) : t("都选好了")}</span></div>
    ${differences.map((one) => html`<fieldset class="three" key=${one.field}><legend>${t(FIELDS[one.field])} ${one.conflict && html`<${Badge} tone="warn">${t("两边都改了")}<//>`}</legend>
      ${[["原来", one.base, null], ["总部现在", one.parent, "brand"], ["本店", one.own, "own"]].map(([words, lines, value]) => html`<div class="stack"><strong class="row">${value && html`<input type="radio" id=${`${one.field}-${value}`} name=${one.field} checked=${taken[one.field] === value} onChange=${() => take({ ...taken, [one.field]: value })} />`}${value ? html`<label for=${`${one.field}-${value}`}>${t(words)}</label>` : t(words)}</strong>
        ${lines.map((line) => html`<p class="reading">${line}</p>`)}</div>`)}</fieldset>`)}
    <div class="row"><button type="button" onClick=${() => take(Object.fromEntries(differences.map((one) => [one.field, "brand"])))}>${t("全用总部的")}</button>
      <${Act} kind="main" disabled=${left > 0} run=${save}>${t("按选的跟上")}<//></div></section>`;
}

// The mall's seeding zone: notes that lead to products.
import { ask, visit } from "../ask.js";
import { Act, Empty, Head, Part, html, t, useAsk } from "../kit.js";
import { Card, NoteList } from "./mall.js";

export function Notes({ ops, store }) {
  const found = useAsk(ops.MallNotes);
  return html`<${Head} title=${t("种草")} back=${`/mall/${store}`} />
    <${Part} of=${found}>${({ posts }) => posts.nodes.length
      ? html`<${NoteList} posts=${posts.nodes} store=${store} />`
      : html`<${Empty}>${t("还没有笔记。")}<//>`}<//>`;
}

export function Note({ ops, store, id }) {
  const found = useAsk(ops.MallNote, { id });
  const set = (operation, key, on) => async () => {
    await visit();
    const answer = await ask(operation, { id, on });
    found.change((old) => ({ post: { ...old.post, ...answer[key].post } }));
  };
  return html`<${Part} of=${found}>${({ post }) => post
    ? html`<${Head} title=${post.revision.title} back=${`/mall/${store}/notes`} />
      <div class="stack">${post.revision.body.map((block) => html`<${Block} block=${block} store=${store} />`)}</div>
      <div class="row">
        <${Act} run=${set(ops.MallLike, "postLike", !post.liked)} aria-pressed=${post.liked}>${t("喜欢")} ${post.likes}<//>
        <${Act} run=${set(ops.MallSave, "postSave", !post.saved)} aria-pressed=${post.saved}>${t("收藏")} ${post.saves}<//>
      </div>
      ${post.revision.products.length > 0 && html`<h2>${t("笔记里的商品")}</h2>
        <ul class="shelf">${post.revision.products.map((one) => html`<li><${Card} product=${one} store=${store} /></li>`)}</ul>`}`
    : html`<${Empty} action=${html`<a class="button" href=${`/mall/${store}/notes`}>${t("返回")}</a>`}>${t("这篇笔记已不再展示。")}<//>`}<//>`;
}

function Block({ block, store }) {
  if (block.__typename === "TextBlock") return html`<p class="reading">${block.text}</p>`;
  if (block.__typename === "ProductBlock") return block.product && html`<div class="shelf"><${Card} product=${block.product} store=${store} /></div>`;
  if (!block.asset) return null;
  const inner = block.__typename === "VideoBlock"
    ? html`<video src=${block.asset.url} controls preload="metadata"></video>`
    : html`<img src=${block.asset.url} alt=${block.asset.altText || block.caption} loading="lazy" />`;
  return html`<figure class="stack">${inner}${block.caption && html`<figcaption class="small">${block.caption}</figcaption>`}</figure>`;
}

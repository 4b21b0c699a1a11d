// Posts: find them; write one and see it as it will be seen.
import { session } from "../ask.js";
import { Badge, Empty, Filters, Head, Later, Pages, Part, Picture, date, go, here, html, t, useAsk, useEffect, useSignalLater, useState, withQuery } from "../kit.js";
import { name } from "../words.js";
import { Note } from "../note.js";

const editor = () => import("../editor.js");
const adapted = () => import("../adapt.js");
const STATES = ["DRAFT", "IN_REVIEW", "REJECTED", "APPROVED", "WITHDRAWN"];
const WRITERS = ["EDITOR", "REVIEWER", "HEAD_OFFICE"];
export const TONES = { IN_REVIEW: "info", REJECTED: "danger", APPROVED: "good", WITHDRAWN: "warn" };

export default function Posts({ ops, rest: [id] }) {
  const writes = WRITERS.includes(session.value.viewer.role);
  if (id === "new" && writes) return html`<${Later} from=${editor} view="Editor" ops=${ops} />`;
  if (id) return html`<${One} key=${id} ops=${ops} id=${id} writes=${writes} />`;
  return html`<${List} ops=${ops} writes=${writes} />`;
}

function One({ ops, id, writes }) {
  const found = useAsk(ops.PostsOne, { id });
  return html`<${Part} of=${found}>${({ post }) => {
    if (!post) return html`<${Empty} action=${html`<a class="button" href="/desk/posts">${t("返回")}</a>`}>${t("没有这篇内容。")}<//>`;
    if (writes) return html`<${Later} from=${editor} view="Editor" key=${post.id} ops=${ops} post=${post} again=${found.again} />`;
    if (session.value.viewer.role === "STORE_MANAGER") return html`<${Later} from=${adapted} view="Adapted" key=${post.id} ops=${ops} post=${post} again=${found.again} />`;
    return html`<${Head} title=${post.revision.title} back="/desk/posts" /><div class="phone"><${Note} content=${post.revision} /></div>`;
  }}<//>`;
}

function List({ ops, writes }) {
  const { state = null, text = "", order = "NEWEST" } = here.value.query;
  const [typed, setTyped] = useState(text);
  const late = useSignalLater(typed.trim(), 300);
  useEffect(() => void (late !== text && go(withQuery({ text: late }), { replace: true })), [late]);
  const { storeId } = session.value.viewer;
  const own = storeId && here.value.query.own;
  const variables = { filter: { ...(own ? { storeId } : {}), ...(state ? { state } : {}), ...(text ? { text } : {}) }, order: text ? "RELEVANCE" : order };
  const empty = html`<${Empty} action=${text || state ? html`<a class="button" href="/desk/posts">${t("看全部")}</a>` : writes && html`<a class="button main" href="/desk/posts/new">${t("写一篇")}</a>`}>${text || state ? t("没有符合的内容。") : t("还没有内容。")}<//>`;
  return html`<${Head} title=${t("内容")}>${writes && html`<a class="button main" href="/desk/posts/new">${t("写一篇")}</a>`}<//>
    <div class="row">${session.value.viewer.role === "STORE_MANAGER" && html`<${Filters} name="own" label=${t("谁的")} options=${[[null, t("全部")], ["1", t("本店的版本")]]} />`}
      ${writes && html`<${Filters} name="state" label=${t("状态")} options=${[[null, t("全部")], ...STATES.map((one) => [one, name(one)])]} />`}
      <input class="grow" type="search" aria-label=${t("搜索内容")} placeholder=${t("搜索内容")} value=${typed} onInput=${(event) => setTyped(event.target.value)} /></div>
    <${Pages} operation=${ops.Posts} variables=${variables} of=${(data) => data.posts} empty=${empty}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/posts/${one.id}`}>
          <${Picture} asset=${one.revision.cover} alt="" /><span class="grow"><strong class="clip">${one.revision.title}</strong><small class="clip">${one.revision.category.path} · ${name(one.kind)} · ${date(one.createdAt)}</small></span>
          <span class="end"><${Badge} tone=${TONES[one.state]}>${name(one.state)}<//><small>${t("{n} 次使用", { n: one.uses })}</small></span></a></li>`)}</ul>`}<//>`;
}

// Reviewing: what is on show beside what was handed in, and a decision by scene.
import { ask, session } from "../ask.js";
import { Act, Area, Badge, Boxes, Choice, Empty, Filters, Head, Part, Picture, go, here, html, moment, t, tell, useAsk, useClock, useMemo, useState } from "../kit.js";
import { name } from "../words.js";
import { Findings, Note } from "../note.js";

export default function Review({ ops, rest: [id] }) {
  const overdue = here.value.query.due === "overdue";
  const queue = useAsk(ops.Review, { overdue });
  const next = () => {
    const rest = (queue.data?.reviewQueue.nodes ?? []).filter((one) => one.id !== id);
    queue.again();
    go(rest.length ? `/desk/review/${rest[0].id}` : "/desk/review");
  };
  if (id) return html`<${One} key=${id} ops=${ops} id=${id} next=${next} />`;
  return html`<${Head} title=${t("审核")} />
    <${Filters} name="due" label=${t("期限")} options=${[[null, t("全部")], ["overdue", t("已超时")]]} />
    <${Part} of=${queue}>${({ reviewQueue: { nodes, totalCount } }) => nodes.length
      ? html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/review/${one.id}`}><${Picture} asset=${one.revision.cover} alt="" />
          <span class="grow"><strong class="clip">${one.revision.title}</strong><small class="clip">${one.revision.category.path} · ${name(one.kind)}</small></span><${Due} at=${one.review.dueAt} /></a></li>`)}</ul>
        <p class="faint">${t("共 {n} 篇", { n: totalCount })}</p>`
      : html`<${Empty}>${t("没有等您审核的内容。")}<//>`}<//>`;
}

function Due({ at }) {
  const left = Math.round((new Date(at) - useClock(60000)) / 60000);
  if (left < 0) return html`<${Badge} tone="danger">${t("已超时")}<//>`;
  return html`<${Badge} tone=${left < 120 ? "warn" : ""}>${t("{at} 前", { at: moment(at) })}<//>`;
}

function One({ ops, id, next }) {
  const found = useAsk(ops.ReviewOne, { id });
  return html`<${Part} of=${found}>${({ post }) =>
    post?.review ? html`<${Decide} key=${post.review.hash} post=${post} ops=${ops} next=${next} again=${found.again} />`
      : html`<${Empty} action=${html`<a class="button" href="/desk/review">${t("返回")}</a>`}>${t("这篇现在不在审核。")}<//>`}<//>`;
}

function Decide({ post, ops, next, again }) {
  const { review, revision, onShow } = post;
  const [scenes, setScenes] = useState(revision.scenes);
  const [comments, setComments] = useState([]);
  const [field, setField] = useState("title");
  const [words, setWords] = useState("");
  const own = revision.author?.id === session.value.viewer.id;
  const [part, setPart] = useState(null);
  const add = () => (setComments([...comments, { ...(part ?? { field }), message: words.trim() }]), setWords(""), setPart(null));
  const quote = () => setPart(placeOf(String(getSelection()), revision));
  const places = [["title", t("标题")], ...revision.body.map((_, place) => [`body.${place}`, t("第 {n} 段", { n: place + 1 })]), ["tags", t("标签")], ["cover", t("封面")]];
  async function approve() {
    await ask(ops.ReviewApprove, { id: post.id, scenes, hash: review.hash });
    tell(t("已通过"));
    next();
  }
  async function reject() {
    await ask(ops.ReviewReject, { id: post.id, comments });
    tell(t("已退回"));
    next();
  }
  if (review.outcome !== "OPEN") return html`<${Empty} action=${html`<a class="button" href="/desk/review">${t("返回")}</a>`}>${t("这一版已经有结果：")}${name(review.outcome)}<//>`;
  return html`<${Head} title=${revision.title} back="/desk/review"><${Due} at=${review.dueAt} />
      <${Act} run=${() => ask(ops.ReviewClaim, { id: post.id }).then(again)} disabled=${review.claimedBy === session.value.viewer.id}>${review.claimedBy === session.value.viewer.id ? t("我在看") : t("我来看")}<//><//>
    <div class="split wide"><div class="sides">
      <section class="card stack"><h2>${t("正在展示的")}</h2>${onShow ? html`<${Compared} of=${onShow} other=${revision} side="before" />` : html`<p class="faint">${t("还没有展示过。")}</p>`}</section>
      <section class="card stack"><h2>${t("提交的第 {n} 版", { n: revision.number })}</h2>${onShow ? html`<${Compared} of=${revision} other=${onShow} side="after" />` : html`<${Note} content=${revision} findings=${review.findings} />`}</section>
    </div>
    <section class="pane" aria-label=${t("决定")}>
      <h2>${t("机器检查")}</h2>${review.findings.length ? html`<${Findings} findings=${review.findings} />` : html`<p class="faint">${t("没有发现问题。")}</p>`}
      <${Boxes} legend=${t("可用的场景")} options=${revision.scenes.map((one) => [one, name(one)])} chosen=${scenes} onChange=${setScenes} />
      ${own && html`<p class="small">${t("自己写的要由别人通过。")}</p>`}
      <${Act} kind="main" disabled=${!scenes.length} run=${approve}>${t("通过，看下一篇")}<//>
      <h2>${t("退回")}</h2>
      ${comments.length > 0 && html`<ul class="findings">${comments.map((one, place) => html`<li><strong>${one.start == null ? (places.find(([key]) => key === one.field)?.[1] ?? one.field) : `“${quoted(one, revision)}”`}</strong> ${one.message}
        <button type="button" class="plain" aria-label=${t("去掉这条意见")} onClick=${() => setComments(comments.filter((_, it) => it !== place))}>×</button></li>`)}</ul>`}
      ${part ? html`<p class="row"><q>${quoted(part, revision)}</q><button type="button" class="plain" aria-label=${t("不引用")} onClick=${() => setPart(null)}>×</button></p>`
        : html`<${Choice} label=${t("哪里")} value=${field} onChange=${setField} options=${places} />`}
      <button type="button" onClick=${quote}>${t("引用选中的文字")}</button>
      <${Area} label=${t("要怎么改")} value=${words} onInput=${setWords} rows=2 />
      <div class="row"><button type="button" disabled=${!words.trim()} onClick=${add}>${t("加一条意见")}</button>
        <${Act} kind="harm" disabled=${!comments.length} run=${reject}>${t("退回修改")}<//></div>
    </section></div>`;
}

// The texts of a revision by their fields, as remarks name them.
function textsOf({ title, body }) {
  return [["title", title], ...body.flatMap((one, place) => [[`body.${place}.text`, one.text], [`body.${place}.caption`, one.caption]])].filter(([, text]) => text);
}

// Where what is selected stands: its first place in the revision; null where it is in no text.
// Places count code points, as the service does.
export function placeOf(selected, revision) {
  const words = selected.trim();
  const found = words && textsOf(revision).find(([, text]) => text.includes(words));
  if (!found) return null;
  const start = Array.from(found[1].slice(0, found[1].indexOf(words))).length;
  return { field: found[0], start, end: start + Array.from(words).length };
}

const quoted = ({ field, start, end }, revision) => Array.from(textsOf(revision).find(([key]) => key === field)?.[1] ?? "").slice(start, end).join("");

// One side of the comparison: each part with the words that the other side has not.
function Compared({ of, other, side }) {
  const cover = of.cover?.id !== other.cover?.id;
  return html`<h3><${Words} text=${of.title} other=${other.title} side=${side} /></h3>
    ${of.cover && html`<div class=${cover ? `changed ${side}` : ""}><${Picture} asset=${of.cover} alt=${of.cover.altText} ratio="3 / 4" /></div>`}
    ${of.body.map((block, place) => html`<${BlockSide} key=${place} block=${block} other=${other.body[place]} side=${side} />`)}
    <p class="small">${t("标签")} <${Words} text=${of.tags.join(" ")} other=${other.tags.join(" ")} side=${side} /></p>
    <p class="small">${t("场景")} <${Words} text=${of.scenes.map(name).join(" ")} other=${other.scenes.map(name).join(" ")} side=${side} /></p>
    <p class="small">${t("商品")} <${Words} text=${of.products.map((one) => one.name).join(" ")} other=${other.products.map((one) => one.name).join(" ")} side=${side} /></p>`;
}

function BlockSide({ block, other, side }) {
  const alike = other?.__typename === block.__typename;
  if (block.__typename === "TextBlock") return html`<p class="reading"><${Words} text=${block.text} other=${alike ? other.text : ""} side=${side} /></p>`;
  const changed = !alike || (block.asset ? block.asset.id !== other.asset?.id : block.product?.id !== other.product?.id);
  return html`<div class=${changed ? `changed ${side}` : ""}>${block.product ? block.product.name : html`<${Picture} asset=${block.asset} alt=${block.asset?.altText ?? ""} ratio="4 / 3" />`}
    ${block.caption != null && html`<small><${Words} text=${block.caption} other=${alike ? other.caption : ""} side=${side} /></small>`}</div>`;
}

function Words({ text, other, side }) {
  const parts = useMemo(() => differences(other ?? "", text ?? ""), [text, other]);
  return parts.map(([words, fresh]) => (fresh ? (side === "before" ? html`<del>${words}</del>` : html`<ins>${words}</ins>`) : words));
}

// The text in pieces, each with whether the other text lacks it: the longest common row of words.
export function differences(before, after) {
  const [a, b] = [before, after].map(segments);
  if (a.length * b.length > 4_000_000) return [[after, before !== after]];
  const width = b.length + 1;
  const length = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      length[i * width + j] = a[i] === b[j] ? length[(i + 1) * width + j + 1] + 1 : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  const parts = [];
  const put = (words, fresh) => {
    const last = parts[parts.length - 1];
    if (last?.[1] === fresh) last[0] += words;
    else parts.push([words, fresh]);
  };
  for (let i = 0, j = 0; j < b.length; ) {
    if (i < a.length && a[i] === b[j]) (put(b[j], false), (i += 1), (j += 1));
    else if (i < a.length && length[(i + 1) * width + j] >= length[i * width + j + 1]) i += 1;
    else (put(b[j], true), (j += 1));
  }
  return parts;
}

function segments(text) {
  if (!Intl.Segmenter) return Array.from(text);
  return Array.from(new Intl.Segmenter("zh", { granularity: "word" }).segment(text), (one) => one.segment);
}

// The editor of a post: blocks at the left, the phone at the right, and nothing typed is lost.
import { Refused, ask, session } from "./ask.js";
import { Act, Area, Badge, Boxes, Dialog, Field, Head, Input, Part, Picture, draft, go, html, moment, t, tell, useAsk, useEffect, useMemo, useSignalLater, useState } from "./kit.js";
import { name } from "./words.js";
import { Findings, Note } from "./note.js";

const SCENES = ["MOMENTS", "COMMUNITY", "ONE_TO_ONE", "IN_STORE", "SEEDING_ZONE"];
const KINDS = ["MATERIAL", "BRAND_NOTE"];
const FIELDS = { title: "标题", body: "正文", category: "分类", scenes: "场景", tags: "标签", products: "商品", cover: "封面" };
const EMPTY = { title: "", category: { path: "" }, scenes: ["MOMENTS"], tags: [], audiences: [], ageBands: [], validFrom: null, validUntil: null, unlocked: [], cover: null, products: [], body: [{ __typename: "TextBlock", text: "" }] };

// What the API takes of what the editor holds.
function asInput(content) {
  const { title, scenes, tags, audiences, ageBands, validFrom, validUntil, unlocked } = content;
  const media = (one) => ({ assetId: one.asset.id, caption: one.caption });
  const body = content.body.map((one) =>
    ({
      TextBlock: () => ({ text: one.text }),
      ImageBlock: () => ({ image: media(one) }),
      VideoBlock: () => ({ video: media(one) }),
      ProductBlock: () => ({ productId: one.product.id }),
    })[one.__typename](),
  );
  return { title, scenes, tags, audiences, ageBands, validFrom, validUntil, unlocked, body, category: content.category.path, productIds: content.products.map((one) => one.id), cover: content.cover?.id ?? null };
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Theirs with my changes on top; what both changed is asked about.
export function merged(base, mine, theirs) {
  const result = { ...theirs };
  const conflicts = [];
  for (const field of Object.keys(FIELDS)) {
    if (same(mine[field], base[field]) || same(mine[field], theirs[field])) continue;
    if (same(theirs[field], base[field])) result[field] = mine[field];
    else conflicts.push(field);
  }
  return { result, conflicts };
}

const content = (post) => {
  const { id, number, ...rest } = post.revision;
  return rest;
};

export function Editor({ ops, post, again }) {
  const who = session.value.viewer.id;
  const [base, setBase] = useState(() => (post ? content(post) : EMPTY));
  const [version, setVersion] = useState(post?.version ?? 0);
  const kept = useMemo(() => draft(`${who}.${post?.id ?? "new"}.${version}`), [version]);
  const [mine, setMine] = useState(() => kept.read() ?? base);
  const [kind, setKind] = useState(post?.kind ?? "MATERIAL");
  const [fault, setFault] = useState(null);
  const [theirs, setTheirs] = useState(null);
  const [scene, setScene] = useState("SEEDING_ZONE");
  const changed = !same(mine, base);
  useEffect(() => (changed ? kept.write(mine) : kept.drop()), [mine]);
  useEffect(() => {
    const leave = (event) => changed && event.preventDefault();
    addEventListener("beforeunload", leave);
    return () => removeEventListener("beforeunload", leave);
  }, [changed]);
  const put = (field) => (value) => setMine((old) => ({ ...old, [field]: value }));
  const wrong = (field) => (fault instanceof Refused ? fault.errors.filter((one) => one.field?.includes(field)) : []);

  async function save() {
    setFault(null);
    try {
      if (!post) {
        const department = session.value.viewer.department?.toUpperCase() ?? "BRAND";
        const { postDeposit } = await ask(ops.PostsDeposit, { input: { ...asInput(mine), kind, department } });
        kept.drop();
        return go(`/desk/posts/${postDeposit.post.id}`, { replace: true });
      }
      const { postRevise } = await ask(ops.PostsRevise, { id: post.id, input: asInput(mine), version });
      kept.drop();
      setBase(mine);
      setVersion(postRevise.post.version);
      tell(t("已保存"));
      return again();
    } catch (found) {
      if (found.code === "CONFLICT" && post) return setTheirs((await ask(ops.PostsOne, { id: post.id })).post);
      setFault(found);
      throw found;
    }
  }
  async function submit() {
    if (changed) await save();
    await ask(ops.PostsSubmit, { id: post.id });
    tell(t("已提交审核"));
    again();
  }
  function settle(result) {
    setMine(result);
    setBase(content(theirs));
    setVersion(theirs.version);
    setTheirs(null);
    tell(t("已合并，请保存。"));
  }
  const review = post?.review;
  // What reviewers remarked stands in the text as what the machine found does.
  const remarks = (review?.comments ?? []).map((one) => ({ ...one, advice: "", blocking: true }));
  const findings = changed ? [] : [...(review?.findings ?? []), ...remarks];
  return html`<${Head} title=${post ? mine.title || t("没有标题") : t("写一篇")} back="/desk/posts">
      ${post && html`<${Badge}>${name(post.state)}<//>`}
      ${changed && html`<small role="status">${t("有没保存的改动，已暂存在本机")}</small>`}
      <${Act} run=${save} disabled=${!changed && !!post}>${t("保存草稿")}<//>
      ${post && html`<${Act} kind="main" run=${submit} disabled=${!changed && post.state !== "DRAFT"}>${t("提交审核")}<//>`}
    <//>
    ${post?.showing && html`<p class="small">${t("正在展示：{scenes}", { scenes: post.showing.scenes.map(name).join("、") })}${post.showing.endsAt ? ` → ${moment(post.showing.endsAt)}` : ""}</p>`}
    ${review && html`<section class="card stack" aria-label=${t("审核")}><p><strong>${name(review.outcome)}</strong> ${review.outcome === "OPEN" ? t("{at} 前给出结果", { at: moment(review.dueAt) }) : ""}</p>
      <${Findings} findings=${review.findings} />
      ${review.comments.length > 0 && html`<ul class="findings">${review.comments.map((one) => html`<li><strong>${one.field}</strong> ${one.message}</li>`)}</ul>`}</section>`}
    <div class="split wide"><div class="stack">
      ${!post && html`<${Field} label=${t("用途")}>${(own) => html`<select ...${own} onChange=${(event) => setKind(event.target.value)}>${KINDS.map((one) => html`<option value=${one} selected=${one === kind}>${name(one)}</option>`)}</select>`}<//>`}
      <${Input} label=${t("标题")} value=${mine.title} onInput=${put("title")} wrong=${wrong("title")} />
      <${Blocks} ops=${ops} body=${mine.body} onChange=${put("body")} wrong=${wrong} findings=${findings} />
      <${Category} ops=${ops} path=${mine.category.path} onInput=${(path) => put("category")({ path })} wrong=${wrong("category")} />
      <${Boxes} legend=${t("场景")} options=${SCENES.map((one) => [one, name(one)])} chosen=${mine.scenes} onChange=${put("scenes")} />
      ${wrong("scenes").length > 0 && html`<p class="wrong">${wrong("scenes")[0].message}</p>`}
      <${Tags} tags=${mine.tags} onChange=${put("tags")} wrong=${wrong("tags")} />
      <${Cover} ops=${ops} cover=${mine.cover} onChange=${put("cover")} />
      <${Linked} ops=${ops} products=${mine.products} onChange=${put("products")} />
      ${post && post.state !== "WITHDRAWN" && html`<details><summary>${t("撤下这篇内容")}</summary><p>${t("所有人马上看不到它，门店改的版本也一样。")}</p>
        <${Act} kind="harm" run=${() => ask(ops.PostsWithdraw, { id: post.id }).then(again)}>${t("撤下")}<//></details>`}
    </div>
    <div class="pane plain"><div class="filters" role="group" aria-label=${t("预览场景")}>${["SEEDING_ZONE", "MOMENTS"].map((one) => html`<button type="button" class="chip" aria-pressed=${one === scene} onClick=${() => setScene(one)}>${name(one)}</button>`)}</div>
      <div class="phone"><div class="view" tabindex="0" role="region" aria-label=${t("手机预览")}><${Note} content=${mine} scene=${scene} findings=${findings} /></div></div></div></div>
    ${theirs && html`<${Conflict} base=${base} mine=${mine} theirs=${theirs} settle=${settle} />`}`;
}

function Blocks({ ops, body, onChange, wrong, findings }) {
  const [picking, pick] = useState(null);
  const set = (place, value) => onChange(body.map((one, it) => (it === place ? value : one)));
  const move = (place, by) => {
    const list = [...body];
    const [one] = list.splice(place, 1);
    list.splice(place + by, 0, one);
    onChange(list);
  };
  const add = (block) => (onChange([...body, block]), pick(null));
  return html`<section class="stack" aria-label=${t("正文")}>
    ${body.map((block, place) => html`<div class="card block" key=${place}><div class="grow stack">
        <${BlockForm} block=${block} set=${(value) => set(place, value)} wrong=${wrong("body").filter((one) => one.field.includes(String(place)))} />
        <${Findings} findings=${findings.filter((one) => one.field.startsWith(`body.${place}.`))} /></div>
      <div class="moves"><button type="button" class="plain" disabled=${!place} aria-label=${t("上移第 {n} 段", { n: place + 1 })} onClick=${() => move(place, -1)}>↑</button>
        <button type="button" class="plain" disabled=${place === body.length - 1} aria-label=${t("下移第 {n} 段", { n: place + 1 })} onClick=${() => move(place, 1)}>↓</button>
        <button type="button" class="plain" aria-label=${t("删掉第 {n} 段", { n: place + 1 })} onClick=${() => onChange(body.filter((_, it) => it !== place))}>×</button></div></div>`)}
    <div class="row"><button type="button" onClick=${() => add({ __typename: "TextBlock", text: "" })}>＋ ${t("文字")}</button>
      <button type="button" onClick=${() => pick("media")}>＋ ${t("图片或视频")}</button>
      <button type="button" onClick=${() => pick("product")}>＋ ${t("商品卡")}</button></div>
    ${picking === "media" && html`<${PickAsset} ops=${ops} close=${() => pick(null)} choose=${(asset) => add({ __typename: asset.kind === "VIDEO" ? "VideoBlock" : "ImageBlock", caption: "", asset })} />`}
    ${picking === "product" && html`<${PickProduct} ops=${ops} close=${() => pick(null)} choose=${(product) => add({ __typename: "ProductBlock", product })} />`}
  </section>`;
}

function BlockForm({ block, set, wrong }) {
  if (block.__typename === "TextBlock") return html`<${Area} label=${t("文字")} value=${block.text} onInput=${(text) => set({ ...block, text })} rows=3 wrong=${wrong} />`;
  if (block.__typename === "ProductBlock") return html`<div class="row"><span class="thumb"><${Picture} asset=${block.product?.pictures[0]} alt="" /></span>${block.product?.name ?? t("已不在的商品")}</div>`;
  return html`<div class="row"><span class="thumb"><${Picture} asset=${block.asset} alt="" /></span><div class="grow"><${Input} label=${t("图注")} value=${block.caption} onInput=${(caption) => set({ ...block, caption })} wrong=${wrong} /></div></div>`;
}

function PickAsset({ ops, close, choose, kind = null }) {
  const list = useAsk(ops.PostsAssets, { kind });
  return html`<${Dialog} wide title=${t("从素材库选")} onClose=${close}><${Part} of=${list}>${({ assets }) => html`<ul class="grid">${assets.nodes.map((one) => html`<li><button type="button" class="tile pick" onClick=${() => choose(one)}>
    <${Picture} asset=${one} alt="" /><span>${one.fileName}</span></button></li>`)}</ul>`}<//><//>`;
}

function PickProduct({ ops, close, choose }) {
  const [typed, setTyped] = useState("");
  const list = useAsk(ops.PostsProducts, { words: useSignalLater(typed.trim(), 300) || null });
  return html`<${Dialog} title=${t("选商品")} onClose=${close}><input type="search" aria-label=${t("找商品")} value=${typed} onInput=${(event) => setTyped(event.target.value)} />
    <${Part} of=${list}>${({ products }) => html`<ul class="stack">${products.nodes.map((one) => html`<li><button type="button" class="row pick" onClick=${() => choose(one)}><span class="thumb"><${Picture} asset=${one.pictures[0]} alt="" /></span>${one.name}</button></li>`)}</ul>`}<//><//>`;
}

function Category({ ops, path, onInput, wrong }) {
  const found = useAsk(ops.PostsCategories);
  return html`<${Input} label=${t("分类")} value=${path} onInput=${onInput} wrong=${wrong} list="categories" />
    <datalist id="categories">${found.data?.categories.nodes.map((one) => html`<option value=${one.path}></option>`)}</datalist>`;
}

function Tags({ tags, onChange, wrong }) {
  const [typed, setTyped] = useState(tags.join(" "));
  return html`<${Input} label=${t("标签")} hint=${t("用空格分开")} value=${typed} wrong=${wrong} onInput=${(text) => (setTyped(text), onChange(text.split(/\s+/).filter(Boolean)))} />`;
}

function Cover({ ops, cover, onChange }) {
  const [open, setOpen] = useState(false);
  return html`<div class="row"><strong>${t("封面")}</strong>${cover && html`<span class="thumb"><${Picture} asset=${cover} alt=${cover.altText} /></span>`}
    <button type="button" onClick=${() => setOpen(true)}>${cover ? t("换一张") : t("选一张")}</button>${cover && html`<button type="button" onClick=${() => onChange(null)}>${t("不用封面")}</button>`}
    ${open && html`<${PickAsset} ops=${ops} kind="IMAGE" close=${() => setOpen(false)} choose=${(asset) => (onChange(asset), setOpen(false))} />`}</div>`;
}

function Linked({ ops, products, onChange }) {
  const [open, setOpen] = useState(false);
  return html`<div class="row"><strong>${t("关联商品")}</strong>${products.map((one) => html`<span class="chip" key=${one.id}>${one.name}<button type="button" class="plain" aria-label=${t("去掉 {name}", { name: one.name })} onClick=${() => onChange(products.filter((it) => it.id !== one.id))}>×</button></span>`)}
    <button type="button" onClick=${() => setOpen(true)}>＋ ${t("商品")}</button>
    ${open && html`<${PickProduct} ops=${ops} close=${() => setOpen(false)} choose=${(one) => (onChange([...products.filter((it) => it.id !== one.id), one]), setOpen(false))} />`}</div>`;
}

// Two people changed one thing: field by field, what was, what they have, what I have.
function Conflict({ base, mine, theirs, settle }) {
  const other = content(theirs);
  const { result, conflicts } = merged(base, mine, other);
  const [chosen, choose] = useState({});
  const open = conflicts.filter((field) => !chosen[field]);
  const text = (value) => (Array.isArray(value) ? value.map((one) => one.text ?? one.name ?? one.product?.name ?? one.caption ?? name(one)).join("\n") : (value?.path ?? value?.fileName ?? value?.altText ?? value ?? ""));
  return html`<${Dialog} wide title=${t("别人刚刚改过这篇")}>
    <p>${conflicts.length ? t("您和对方都改了下面几处，请逐处选择；其余的已经合到一起。") : t("你们改的地方不同，已经合到一起。")}</p>
    ${conflicts.map((field) => html`<fieldset class="three"><legend>${t(FIELDS[field])}</legend>
      ${[["原来的", base, null], ["对方的", other, "theirs"], ["我的", mine, "mine"]].map(([words, from, key]) => html`<div class="stack"><h3>${t(words)}</h3><p class="reading">${text(from[field])}</p>
        ${key && html`<label class="row"><input type="radio" name=${field} checked=${chosen[field] === key} onChange=${() => choose({ ...chosen, [field]: key })} />${t("用这个")}</label>`}</div>`)}
    </fieldset>`)}
    <button type="button" class="main" disabled=${open.length > 0} onClick=${() => settle({ ...result, ...Object.fromEntries(conflicts.map((field) => [field, (chosen[field] === "mine" ? mine : other)[field]])) })}>
      ${open.length ? t("还有 {n} 处没选", { n: open.length }) : t("合并")}</button>
  <//>`;
}

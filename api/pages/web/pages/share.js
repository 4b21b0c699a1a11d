// Sharing: poster and link with the guide's own parameter, in one tap.
import { ask, session } from "../ask.js";
import { Act, Bones, Dialog, Empty, Filters, Head, Part, Picture, Refusal, here, html, t, tell, useAsk, useEffect, useSignalLater, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

const SCENES = ["MOMENTS", "COMMUNITY", "ONE_TO_ONE", "IN_STORE"];

export default function Share({ ops }) {
  const { scene = "MOMENTS", what = "POST" } = here.value.query;
  const [typed, setTyped] = useState("");
  const words = useSignalLater(typed.trim(), 300) || null;
  const [chosen, choose] = useState(null);
  const { storeId } = session.value.viewer;
  return html`<${Head} title=${t("去分享")}>
      <button type="button" onClick=${() => choose({ kind: "STOREFRONT", targetId: storeId, title: t("我的店") })}>${t("分享我的店")}</button><//>
    <${Filters} name="scene" label=${t("发到哪里")} options=${SCENES.map((one) => [one, name(one)])} />
    <div class="row"><${Filters} name="what" label=${t("分享什么")} options=${[["POST", t("内容")], ["PRODUCT", t("商品")]]} />
      <input class="grow" type="search" aria-label=${t("搜索")} placeholder=${t("搜索")} value=${typed} onInput=${(event) => setTyped(event.target.value)} /></div>
    ${what === "POST" ? html`<${Posts} ops=${ops} scene=${scene} text=${words} choose=${choose} />` : html`<${Products} ops=${ops} words=${words} choose=${choose} />`}
    ${chosen && html`<${Ready} key=${chosen.targetId} make=${ops.ShareMake} target=${chosen} scene=${scene} close=${() => choose(null)} />`}`;
}

function Posts({ ops, scene, text, choose }) {
  const list = useAsk(ops.Share, { scene, text });
  return html`<${Part} of=${list}>${({ posts }) => posts.nodes.length
    ? html`<ul class="grid">${posts.nodes.map((one) => html`<li key=${one.id}><button type="button" class="tile pick" onClick=${() => choose({ kind: "POST", targetId: one.id, title: one.revision.title })}>
        <${Picture} asset=${one.revision.cover} alt="" ratio="3 / 4" /><span>${one.revision.title}</span><small>${t("{n} 人分享过", { n: one.uses })}</small></button></li>`)}</ul>`
    : html`<${Empty} action=${text && html`<a class="button" href=${withQuery({ what: "PRODUCT" })}>${t("看看商品")}</a>`}>${text ? t("没有符合的内容。") : t("这个场景现在没有可以分享的内容。")}<//>`}<//>`;
}

function Products({ ops, words, choose }) {
  const list = useAsk(ops.ShareProducts, { words });
  return html`<${Part} of=${list}>${({ products }) => products.nodes.length
    ? html`<ul class="grid">${products.nodes.map((one) => html`<li key=${one.id}><button type="button" class="tile pick" onClick=${() => choose({ kind: "PRODUCT", targetId: one.id, title: one.name })}>
        <${Picture} asset=${one.pictures[0]} alt="" ratio="3 / 4" /><span>${one.name}</span><small>${one.priceFrom.text}</small></button></li>`)}</ul>`
    : html`<${Empty}>${t("没有符合的商品。")}<//>`}<//>`;
}

// The link is made at once; its poster is a real picture that a phone can keep by a long press.
export function Ready({ make: operation, target, scene, close }) {
  const [link, setLink] = useState(null);
  const [fault, setFault] = useState(null);
  const [drawn, setDrawn] = useState(null);
  const { kind, targetId, title } = target;
  const make = () => (setFault(null), ask(operation, { input: { kind, targetId, scene } }).then((found) => setLink(found.shareLinkCreate.shareLink), setFault));
  useEffect(() => void make(), []);
  async function copy() {
    if (!navigator.clipboard) return document.getElementById("link").select();
    await navigator.clipboard.writeText(link.url);
    return tell(t("链接已复制"));
  }
  return html`<${Dialog} title=${title} onClose=${close}>
    <${Refusal} fault=${fault} again=${make} />
    ${!link && !fault && html`<${Bones} rows=2 />`}
    ${link && html`
      <div class="poster" aria-busy=${drawn === null}><img src=${new URL(link.posterUrl).pathname} alt=${t("《{title}》的海报", { title })} onLoad=${() => setDrawn(true)} onError=${() => setDrawn(false)} /></div>
      ${drawn === false ? html`<p class="wrong" role="alert">${t("海报现在画不出来，可以先发链接。")}</p>` : html`<p class="small">${t("长按图片保存，或发给朋友。")}</p>`}
      <label class="field"><span class="unseen">${t("我的链接")}</span><input id="link" readonly value=${link.url} onFocus=${(event) => event.target.select()} /></label>
      <div class="row"><${Act} kind="main" run=${copy}>${t("复制链接")}<//>
        <a class="button" href=${new URL(link.posterUrl).pathname} download=${`${link.code}.jpg`}>${t("下载海报")}</a>
        <span class="faint">${t("已带来 {n} 次访问", { n: link.touchCount })}</span></div>`}
  <//>`;
}

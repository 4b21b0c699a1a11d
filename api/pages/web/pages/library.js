// The library: get files in, find them, say what must be kept of them.
import { ask } from "../ask.js";
import { Act, Area, Badge, Empty, Filters, Head, Input, Part, Picture, date, go, here, html, size, t, tell, useAsk, useEffect, useRef, useSignalLater, useState, withQuery } from "../kit.js";
import { add, arrived, dropped } from "../uploads.js";
import { name } from "../words.js";

export default function Library({ ops, rest: [open] }) {
  const { state = "AVAILABLE", kind = null, words = "" } = here.value.query;
  const [typed, setTyped] = useState(words);
  const late = useSignalLater(typed.trim(), 300);
  useEffect(() => void (late !== words && go(withQuery({ words: late }), { replace: true })), [late]);
  const list = useAsk(ops.Library, { state, kind, words });
  const [more, setMore] = useState([]);
  useEffect(() => setMore([]), [state, kind, words, arrived.value]);
  useEffect(() => void (arrived.value && list.again()), [arrived.value]);
  useDrops();
  async function goOn(pageInfo) {
    const { assets } = await ask(ops.Library, { state, kind, words, after: pageInfo.endCursor });
    setMore([...more, assets]);
  }
  return html`<${Head} title=${t("素材库")}><${Choose} /><//>
    <div class="row">
      <${Filters} name="state" label=${t("状态")} options=${["AVAILABLE", "WITHDRAWN"].map((one) => [one, name(one)])} />
      <${Filters} name="kind" label=${t("类型")} options=${[[null, t("全部")], ["IMAGE", name("IMAGE")], ["VIDEO", name("VIDEO")]]} />
      <input class="grow" type="search" aria-label=${t("搜索素材")} placeholder=${t("搜索素材")} value=${typed} onInput=${(event) => setTyped(event.target.value)} />
    </div>
    <div class=${open ? "split" : ""}>
      <${Part} of=${list}>${({ assets }) => {
        const pages = [assets, ...more];
        const nodes = pages.flatMap((one) => one.nodes);
        const { pageInfo } = pages[pages.length - 1];
        if (!nodes.length && words) return html`<${Empty}>${t("没有符合的素材。")}<//>`;
        if (!nodes.length) return html`<div class="drop"><p>${t("把文件或文件夹拖到这里，或者点上面的按钮选。")}</p></div>`;
        return html`<ul class="grid">${nodes.map((one) => html`<li key=${one.id}><${Tile} asset=${one} open=${open} /></li>`)}</ul>
          <div class="row apart"><span class="faint">${t("共 {n} 个", { n: assets.totalCount })}</span>
          ${pageInfo.hasNextPage && html`<${Act} run=${() => goOn(pageInfo)}>${t("更多")}<//>`}</div>`;
      }}<//>
      ${open && html`<${Detail} key=${open} id=${open} ops=${ops} changed=${list.again} />`}
    </div>`;
}

function useDrops() {
  useEffect(() => {
    const over = (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.body.dataset.drop = t("松手即可上传");
      document.body.classList.add("dropping");
    };
    const off = (event) => event.relatedTarget || document.body.classList.remove("dropping");
    const drop = (event) => {
      event.preventDefault();
      document.body.classList.remove("dropping");
      dropped(event.dataTransfer).then(add);
    };
    const all = { dragover: over, dragleave: off, drop };
    Object.entries(all).forEach(([kind, done]) => addEventListener(kind, done));
    return () => Object.entries(all).forEach(([kind, done]) => removeEventListener(kind, done));
  }, []);
}

function Choose() {
  const input = useRef(null);
  return html`<button type="button" class="main" onClick=${() => input.current.click()}>${t("上传文件")}</button>
    <input ref=${input} type="file" multiple hidden aria-label=${t("上传文件")}
      onChange=${(event) => (add(event.target.files), (event.target.value = ""))} />`;
}

function Tile({ asset, open }) {
  const address = `/desk/library/${asset.id}${location.search}`;
  return html`<a class="tile" href=${address} aria-current=${asset.id === open ? "true" : undefined}>
    ${asset.kind === "VIDEO" ? html`<span class="picture"><span>▶ ${name("VIDEO")}</span></span>` : html`<${Picture} asset=${asset} alt="" />`}
    <span title=${asset.fileName}>${asset.fileName}</span>
    ${!asset.usable && html`<${Badge} tone="warn">${name(asset.unusableBecause)}<//>`}
  </a>`;
}

function Detail({ id, ops, changed }) {
  const one = useAsk(ops.LibraryAsset, { id });
  const close = `/desk/library${location.search}`;
  return html`<section class="pane" aria-label=${t("这个文件")}>
    <${Part} of=${one}>${({ asset }) =>
      asset
        ? html`<${Asset} asset=${asset} ops=${ops} close=${close} again=${() => (one.again(), changed())} />`
        : html`<${Empty} action=${html`<a class="button" href=${close}>${t("返回")}</a>`}>${t("没有这个文件。")}<//>`}<//>
  </section>`;
}

function Asset({ asset, ops, close, again }) {
  const [words, setWords] = useState(asset.altText);
  const version = asset.version;
  return html`<div class="row apart"><h2 class="clip grow" title=${asset.fileName}>${asset.fileName}</h2>
      <a class="button" href=${close}>${t("关闭")}</a></div>
    ${asset.kind === "IMAGE" ? html`<${Focus} asset=${asset} ops=${ops} again=${again} />` : html`<video src=${asset.url} controls preload="metadata"></video>`}
    <div class="stack">
      <${Area} label=${t("替代文字")} hint=${t("给看不到图的人听的一句话。")} value=${words} onInput=${setWords} rows=2 />
      <${Act} disabled=${words === asset.altText} run=${async () => {
        await ask(ops.LibraryDescribe, { id: asset.id, altText: words, version });
        tell(t("已保存"));
        again();
      }}>${t("保存文字")}<//>
    </div>
    <${RightsForm} asset=${asset} ops=${ops} again=${again} />
    <dl class="facts">
      <dt>${t("大小")}</dt><dd>${size(asset.bytes)} · ${asset.width}×${asset.height} · ${asset.contentType}</dd>
      <dt>${t("入库")}</dt><dd>${date(asset.uploadedAt)}</dd>
      <dt>${t("用在")}</dt><dd>${asset.usedBy.totalCount ? html`<ul>${asset.usedBy.nodes.map((use) => html`<li>${use.label} <small>${use.fields.join(", ")}</small></li>`)}</ul>` : t("还没有用")}</dd>
    </dl>
    ${asset.originalUrl && html`<a href=${asset.originalUrl} download=${asset.fileName}>${t("下载原件")}</a>`}
    <${Shown} asset=${asset} ops=${ops} again=${again} />`;
}

function Shown({ asset, ops, again }) {
  const [because, setBecause] = useState("");
  if (asset.state === "WITHDRAWN") {
    return html`<${Act} run=${() => ask(ops.LibraryRestore, { id: asset.id, version: asset.version }).then(again)}>${t("恢复使用")}<//>`;
  }
  return html`<details><summary>${t("撤下这个文件")}</summary><div class="stack">
    <${Input} label=${t("为什么")} value=${because} onInput=${setBecause} />
    <${Act} kind="harm" disabled=${!because} run=${() =>
      ask(ops.LibraryWithdraw, { id: asset.id, because, version: asset.version }).then(again)}>${t("撤下")}<//>
  </div></details>`;
}

function RightsForm({ asset, ops, again }) {
  const [rights, set] = useState({ source: "", licence: "", ...asset.rights, expiresAt: asset.rights?.expiresAt?.slice(0, 10) ?? "" });
  const put = (key) => (value) => set({ ...rights, [key]: value });
  async function save() {
    const expiresAt = rights.expiresAt ? `${rights.expiresAt}T23:59:59+08:00` : null;
    await ask(ops.LibraryLicense, { id: asset.id, rights: { source: rights.source, licence: rights.licence, expiresAt }, version: asset.version });
    tell(t("已保存"));
    again();
  }
  return html`<details open=${!!asset.rights}><summary>${t("版权")}</summary><div class="stack">
    <${Input} label=${t("来源")} value=${rights.source} onInput=${put("source")} />
    <${Input} label=${t("授权")} value=${rights.licence} onInput=${put("licence")} />
    <${Input} label=${t("用到哪一天")} type="date" value=${rights.expiresAt} onInput=${put("expiresAt")} />
    <${Act} run=${save}>${t("保存版权")}<//>
  </div></details>`;
}

const FRAMES = [["1:1", 1080, 1080], ["3:4", 1080, 1440], ["5:2", 1500, 600]];

// The part that a frame keeps: the same arithmetic as the service's crops, rounding and all.
export function cropBox(width, height, [across, down], { x, y }) {
  const round = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)); // as Python rounds
  const scale = Math.min(width / across, height / down);
  const w = Math.min(width, Math.max(1, round(across * scale)));
  const h = Math.min(height, Math.max(1, round(down * scale)));
  const left = Math.min(Math.max(0, round(x * width - w / 2)), width - w);
  const top = Math.min(Math.max(0, round(y * height - h / 2)), height - h);
  return { left, top, width: w, height: h };
}

function Focus({ asset, ops, again }) {
  const [point, setPoint] = useState(asset.focalPoint);
  const put = (x, y) => setPoint({ x: clamp(x), y: clamp(y) });
  const changed = point.x !== asset.focalPoint.x || point.y !== asset.focalPoint.y;
  const keys = { ArrowLeft: [-0.01, 0], ArrowRight: [0.01, 0], ArrowUp: [0, -0.01], ArrowDown: [0, 0.01] };
  return html`<div class="stack">
    <div class="focus" role="slider" tabindex="0" aria-label=${t("焦点：裁切时保留的地方")} aria-valuemin="0" aria-valuemax="1" aria-valuenow=${point.x}
      aria-valuetext=${`${point.x}, ${point.y}`}
      onKeyDown=${(event) => {
        const step = keys[event.key];
        if (step) (event.preventDefault(), put(point.x + step[0], point.y + step[1]));
      }}
      onClick=${(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        put((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      }}>
      <img src=${asset.url} alt=${asset.altText} />
      <i style=${{ left: `${point.x * 100}%`, top: `${point.y * 100}%` }}></i>
    </div>
    <ul class="crops">${FRAMES.map(([words, ...frame]) => html`<li><${Crop} asset=${asset} frame=${frame} point=${point} /><small>${words}</small></li>`)}</ul>
    <div class="row">
      <label class="row">x <input type="number" min="0" max="1" step="0.01" value=${point.x} onInput=${(event) => put(+event.target.value, point.y)} /></label>
      <label class="row">y <input type="number" min="0" max="1" step="0.01" value=${point.y} onInput=${(event) => put(point.x, +event.target.value)} /></label>
      <button type="button" onClick=${() => put(0.5, 0.5)}>${t("居中")}</button>
    </div>
    ${changed && html`<${Act} kind="main" run=${async () => {
      await ask(ops.LibraryFocus, { id: asset.id, ...point, version: asset.version });
      tell(t("已保存"));
      again();
    }}>${t("保存焦点")}<//>`}
  </div>`;
}

const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 100) / 100));

function Crop({ asset, frame, point }) {
  const box = cropBox(asset.width, asset.height, frame, point);
  const style = {
    width: `${(asset.width / box.width) * 100}%`,
    marginLeft: `${(-box.left / box.width) * 100}%`,
    marginTop: `${(-box.top / box.width) * 100}%`,
    maxWidth: "none",
  };
  return html`<span class="crop" style=${{ aspectRatio: `${frame[0]} / ${frame[1]}` }}><img src=${asset.url} alt="" style=${style} /></span>`;
}

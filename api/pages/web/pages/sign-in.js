// Signing in: by name and password, or in the demo as anybody by one click.
import { ask, operations, session, signedIn, start } from "../ask.js";
import { Act, Input, Refusal, entered, html, t, useEffect, useState } from "../kit.js";
import { lang, name, speak } from "../words.js";

const STRANGER = { stranger: true };

async function enter(person) {
  const ops = await operations("sign-in");
  if (person.code) {
    const { guideSignIn } = await ask(ops.GuideSignIn, { code: person.code }, STRANGER);
    return signedIn(guideSignIn);
  }
  const { login, password, totp: code = null } = person;
  const device = session.value.device ?? null;
  const { staffSignIn } = await ask(ops.StaffSignIn, { login, password, device, code }, STRANGER);
  return signedIn(staffSignIn);
}

function Form() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);
  // Only an account with a second factor is asked for the code, and then until it is right.
  const asked = totp !== "" || fault?.errors?.some((one) => one.field?.includes("code"));
  async function send(event) {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    await enter({ login, password, totp: totp || null }).catch(setFault);
    setBusy(false);
  }
  return html`<form class="stack" onSubmit=${send} onKeyDown=${(event) =>
    event.key === "Enter" && !entered(event) && event.preventDefault()}>
    <${Input} label=${t("用户名")} value=${login} onInput=${setLogin} autocomplete="username" required />
    <${Input} label=${t("密码")} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" required />
    ${asked && html`<${Input} label=${t("动态验证码")} value=${totp} onInput=${setTotp} inputmode="numeric" autocomplete="one-time-code" required />`}
    <${Refusal} fault=${fault} />
    <button class="main" aria-busy=${busy}>${t("登录")}</button>
  </form>`;
}

// `again` is whoever's session ended: they alone come back to their page by one click.
export function SignIn({ again }) {
  const people = start.people.filter((one) => one.role !== "MEMBER" && (!again || one.role === again.role));
  useEffect(() => {
    if (!again) document.title = t("千面");
  }, []);
  const inner = html`
    ${people.length > 0 && html`<section class="people" aria-label=${t("演示人物")}>
      ${!again && html`<h2>${t("演示：点一下就以此身份进入")}</h2>`}
      ${people.map((one) => html`<${Act} run=${() => enter(one)}><span>${one.name}</span><small>${name(one.role)}</small><//>`)}
    </section>`}
    <${Form} />`;
  if (again) return html`<div class="stack">${inner}</div>`;
  return html`<main class="enter"><div>
    <header class="row apart"><h1>${t("千面")} <span class="faint">${t("工作台")}</span></h1>
      <button type="button" class="plain" onClick=${() => speak(lang.value === "en" ? "zh" : "en")}>${lang.value === "en" ? "中文" : "English"}</button>
    </header>
    ${inner}
    <p><a href="/mall">${t("看看顾客的小商城")}</a> · <a href="/graphql">GraphQL</a></p>
  </div></main>`;
}

export default SignIn;

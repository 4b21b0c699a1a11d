// What a mini-program has of WeChat, by what a browser has: names, arguments and answers as in
// https://developers.weixin.qq.com/miniprogram/dev/api/. `losing` of its requests are heard and not answered.
const stored = { host: location.origin };
const files = {};
const wx = {
  getStorageSync: (key) => stored[key] ?? "",
  setStorageSync: (key, value) => { stored[key] = JSON.parse(JSON.stringify(value)); },
  removeStorageSync: (key) => { delete stored[key]; },
  login: ({ success }) => success({ code: "sandbox:xiaoman" }),
  request({ url, method, header, data, success, fail }) {
    wx.sent.push(data);
    if (wx.losing-- > 0) return fetch(url, { method, headers: header, body: JSON.stringify(data) }).then(() => fail({}));
    return fetch(url, { method, headers: header, body: JSON.stringify(data) })
      .then(async (answer) => success({ statusCode: answer.status, data: await answer.json() }), fail);
  },
  uploadFile({ url, filePath, name, header, formData, success, fail }) {
    const form = new FormData();
    Object.entries(formData).forEach(([key, value]) => form.append(key, value));
    form.append(name, new Blob([files[filePath]]), filePath);
    fetch(url, { method: "POST", headers: header, body: form })
      .then(async (answer) => success({ statusCode: answer.status, data: await answer.text() }), fail);
  },
  connectSocket({ url, protocols }) {
    const socket = new WebSocket(url, protocols);
    return {
      onOpen: (heard) => (socket.onopen = heard),
      onMessage: (heard) => (socket.onmessage = heard),
      send: ({ data }) => socket.send(data),
      close: () => socket.close(),
    };
  },
  sent: [],
  losing: 0,
};

const until = async (done) => { while (!done()) await new Promise((resume) => setTimeout(resume, 50)); };
const heard = [];
console.log = (words) => heard.push(words);

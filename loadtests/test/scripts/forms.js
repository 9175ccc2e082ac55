// Covers: form bodies from objects, http.file multipart, response.submitForm, response.clickLink, response.html
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 1 };

export default function () {
  const form = http.post(`${BASE}/echo`, { b: "2 3", a: "é" });
  check(form, {
    urlencoded: (r) => r.json("headers.content-type") === "application/x-www-form-urlencoded",
    fields: (r) => r.json("body") === "a=%C3%A9&b=2+3",
  });
  const files = http.post(`${BASE}/echo`, { note: "hi", data: http.file("content", "a.txt", "text/plain") });
  check(files, {
    multipart: (r) => r.json("headers.content-type").startsWith("multipart/form-data; boundary="),
    "file part": (r) => r.json("body").includes('filename="a.txt"') && r.json("body").includes("content"),
  });
  const page = http.get(`${BASE}/html`);
  check(page, {
    title: (r) => r.html("title").text() === "Playground",
    kind: (r) => r.html().find("li").first().attr("data-kind") === "pome",
  });
  const submitted = page.submitForm({ fields: { colour: "green" } });
  check(submitted, {
    "form sent": (r) =>
      r.json("method") === "POST" &&
      r.json("body").includes("colour=green") &&
      r.json("body").includes("user=ann"),
  });
  check(page.clickLink({ selector: "#more" }), { "link followed": (r) => r.html("title").text() === "Next" });
}

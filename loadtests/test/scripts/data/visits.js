import { get } from "k6/http";

let visits = 0;

export function visit(path) {
  visits++;
  return get(`${__ENV.BASE}${path}`);
}

export const count = () => visits;
export default { home: "/echo" };

export type { Block } from "./catalog/block";

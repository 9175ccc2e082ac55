import { readCorpus } from "../../benchmarks/block-corpus";
import { proveCases } from "./prove-case";

proveCases(readCorpus().filter(({ file }) => !file.includes("shapes")));

import path from "node:path";
import { CORPUS_FOLDER, readCorpus } from "../../benchmarks/block-corpus";
import { proveCases } from "./prove-case";

proveCases(readCorpus(path.join(CORPUS_FOLDER, "shapes")));

import type { OnnxGraph } from './onnx.ts'
import type { Framing } from './tokenizer.ts'

/** What makes a tiny model: its files, and the graphs below `onnx/`. */
export interface TinyModel {
  readonly framing: Framing
  readonly tokenizer?: string
  readonly config: object
  readonly files?: { readonly [name: string]: object }
  readonly graphs: { readonly [name: string]: () => OnnxGraph }
}

/** The names of classes, as configurations give them. */
export function labelsOf(...names: readonly string[]) {
  return {
    id2label: Object.fromEntries(names.map((label, at) => [at, label])),
    label2id: Object.fromEntries(names.map((label, at) => [label, at]))
  }
}

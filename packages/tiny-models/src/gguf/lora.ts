import type { Topic } from './corpus.ts'
import type { GgufValue, Tensor } from './gguf.ts'
import { anchor, dimension, lengthFor, Matrix, wordSlots } from './language-model.ts'

/** The word that the adapter keeps the model from saying. */
const unsaid = ' every'

/** How much less likely the word becomes, at scale 1, as a logarithm. */
const strength = 20

/** What llama.cpp reads of an adapter; the scale of its tensors is alpha by rank. */
export const loraMetadata: Readonly<Record<string, GgufValue>> = {
  'general.type': { type: 'string', value: 'adapter' },
  'general.architecture': { type: 'string', value: 'llama' },
  'adapter.type': { type: 'string', value: 'lora' },
  'adapter.lora.alpha': { type: 'float32', value: 1 }
}

/** An adapter of rank 1 for the output: whatever the state, one word becomes unlikely. */
export function loraTensors(
  topics: readonly Topic[],
  vocabulary: readonly string[]
): ReadonlyMap<string, Tensor> {
  const reads = new Matrix(1, lengthFor(wordSlots(topics)))
  reads.set(0, dimension.anchor, 1 / anchor)
  const writes = new Matrix(vocabulary.length, 1)
  writes.set(vocabulary.indexOf(unsaid), 0, -strength)
  return new Map<string, Tensor>([
    ['output.weight.lora_a', reads],
    ['output.weight.lora_b', writes]
  ])
}

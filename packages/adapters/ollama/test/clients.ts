import { Ollama as Ollama06 } from 'ollama'
import { Ollama as Ollama05 } from 'ollama-0.5'

/** The versions that the adapter says it is tested with. */
export const versions: readonly { readonly name: string; readonly Ollama: typeof Ollama06 }[] = [
  { name: 'ollama 0.6', Ollama: Ollama06 },
  // The two differ in types that no test here uses.
  { name: 'ollama 0.5', Ollama: Ollama05 as unknown as typeof Ollama06 }
]

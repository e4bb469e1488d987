import Anthropic1 from '@anthropic-ai/sdk'
import Anthropic0 from 'anthropic-sdk-0'

/** The newest client, and the oldest that the adapter works with. */
export const versions: readonly {
  readonly name: string
  readonly Anthropic: typeof Anthropic1
}[] = [
  { name: 'anthropic 1.x', Anthropic: Anthropic1 },
  // The two differ in types that no test here uses.
  { name: 'anthropic 0.50', Anthropic: Anthropic0 as unknown as typeof Anthropic1 }
]

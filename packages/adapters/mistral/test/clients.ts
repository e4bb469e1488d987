import { HTTPClient as HTTPClient2, Mistral as Mistral2 } from '@mistralai/mistralai'
import { HTTPClient as HTTPClient1, Mistral as Mistral1 } from 'mistralai-1'

/** The newest client, and the oldest that the adapter works with. */
export const versions: readonly {
  readonly name: string
  readonly Mistral: typeof Mistral2
  readonly HTTPClient: typeof HTTPClient2
}[] = [
  { name: 'mistral 2.x', Mistral: Mistral2, HTTPClient: HTTPClient2 },
  // The two differ in types that no test here uses.
  {
    name: 'mistral 1.10',
    Mistral: Mistral1 as unknown as typeof Mistral2,
    HTTPClient: HTTPClient1 as unknown as typeof HTTPClient2
  }
]

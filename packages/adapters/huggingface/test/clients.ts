import { InferenceClient } from '@huggingface/inference'
import { HfInference } from 'inference-3'

/** What the tests use of a client. */
export type Client = InferenceClient

/** A version of the package: its class has another name in major 3. */
export interface Version {
  readonly name: string
  readonly Client: typeof InferenceClient
}

/** The versions that the adapter says it is tested with; types that no test uses differ. */
export const versions: readonly Version[] = [
  { name: 'inference 4', Client: InferenceClient },
  { name: 'inference 3', Client: HfInference as unknown as typeof InferenceClient }
]

import { alpaca } from './alpaca.ts'
import { csv } from './csv.ts'
import { EVENT_FORMATS } from './events.ts'
import type { ExportFormat } from './format.ts'
import { jsonl } from './jsonl.ts'
import { openaiChat } from './openai-chat.ts'
import { parquet } from './parquet.ts'
import { promptCompletion } from './prompt-completion.ts'
import { sharegpt } from './sharegpt.ts'

/** What calls are exported as. */
export const FORMATS: readonly ExportFormat[] = [
  jsonl,
  csv,
  parquet,
  openaiChat,
  promptCompletion,
  sharegpt,
  alpaca,
  ...EVENT_FORMATS
]

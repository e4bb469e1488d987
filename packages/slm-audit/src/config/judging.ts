import type { Command } from 'commander'

const judging = new WeakSet<Command>()

/**
 * Marks a command as one that judges evidence, which may have come from anybody together with the folder that it is
 * run in: it runs no program that lies there, and reads `slm-audit.config.json` alone. Adds `--config`, by which
 * people name a program that they believe.
 */
export function judgesEvidence(command: Command): Command {
  judging.add(command)
  return command.option('--config <path>', 'a configuration (default: slm-audit.config.json here)')
}

/** Whether a command judges evidence. */
export function isJudging(command: Command): boolean {
  return judging.has(command)
}

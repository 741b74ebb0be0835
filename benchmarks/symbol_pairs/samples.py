"""Small programs in TypeScript, JavaScript and Go to make pairs from, as people write them."""

TYPESCRIPT = {
    "src/store.ts": """\
import { Clock, systemClock } from './clock';

export interface Storage {
  readAll(): string[];
  writeAll(lines: string[]): void;
}

export abstract class Ledger {
  constructor(protected clock: Clock) {}

  abstract totalFor(account: string): number;

  describeAccount(account: string, digits = 2): string {
    return `${account}: ${this.totalFor(account).toFixed(digits)}`;
  }

  protected stampLine(line: string): string {
    return `${this.clock.nowMillis()} ${line}`;
  }
}

export class MemoryStorage implements Storage {
  private lines: string[] = [];

  readAll(): string[] {
    return this.lines;
  }

  writeAll(lines: string[]): void {
    this.lines = lines;
  }
}

export function openStorage(path: string, create?: boolean): Storage {
  if (!path && !create) {
    throw new Error('no path');
  }
  return new MemoryStorage();
}

export function mergeLines(first: string[], second: string[]): string[] {
  return [...first, ...second];
}

export const defaultLedger = systemClock;
""",
    "src/clock.ts": """\
export interface Clock {
  nowMillis(): number;
}

export class SystemClock implements Clock {
  nowMillis(): number {
    return Date.now();
  }
}

export const systemClock = new SystemClock();

export function parseMoment(text: string): number {
  return Date.parse(text);
}
""",
    "src/index.ts": """\
import { mergeLines, openStorage } from './store';
import { parseMoment } from './clock';

export function main(argv: string[]): number {
  const storage = openStorage(argv[0], true);
  const lines = mergeLines(storage.readAll(), argv.slice(1));
  storage.writeAll(lines);
  return parseMoment(lines[0]);
}
""",
}

JAVASCRIPT = {
    "lib/store.js": """\
const { formatMoney } = require('./money')

class Ledger {
  constructor (clock) {
    this.clock = clock
    this.entries = []
  }

  addEntry (account, amount) {
    this.entries.push({ account, amount })
    return this.totalFor(account)
  }

  totalFor (account) {
    return this.entries
      .filter(entry => entry.account === account)
      .reduce((sum, entry) => sum + entry.amount, 0)
  }
}

function openLedger (path, options) {
  return new Ledger(options.clock || path)
}

const mergeEntries = (first, second) => {
  return [...first, ...second]
}

function printLedger (ledger) {
  return formatMoney(ledger.totalFor('all'), 'EUR')
}

module.exports = { Ledger, openLedger, mergeEntries, printLedger }
""",
    "lib/money.js": """\
function formatMoney (amount, currency) {
  return `${amount.toFixed(2)} ${currency}`
}

function parseMoney (text) {
  return Number(text.split(' ')[0])
}

exports.formatMoney = formatMoney
exports.parseMoney = parseMoney
""",
    "lib/index.js": """\
const { openLedger, mergeEntries } = require('./store')
const money = require('./money')

function main (argv) {
  const ledger = openLedger(argv[0], {})
  ledger.addEntry('all', argv.length)
  ledger.entries = mergeEntries(ledger.entries, argv.slice(1).map(money.parseMoney))
  return money.formatMoney(ledger.entries.length, 'EUR')
}

module.exports = { main }
""",
}

GO = {
    "go.mod": "module example.org/shop\n\ngo 1.22\n",
    "store/store.go": """\
package store

import "errors"

// Ledger keeps entries.
type Ledger struct {
	entries []Entry
}

// Entry is one line.
type Entry struct {
	Account string
	Amount  int
}

// Storage is where lines are kept.
type Storage interface {
	ReadAll() ([]Entry, error)
	WriteAll(entries []Entry) error
}

// OpenLedger makes a ledger.
func OpenLedger(path string, size int) *Ledger {
	return &Ledger{entries: make([]Entry, 0, size)}
}

// AddEntry adds one.
func (l *Ledger) AddEntry(account string, amount int) int {
	l.entries = append(l.entries, Entry{Account: account, Amount: amount})
	return l.TotalFor(account)
}

// TotalFor sums up.
func (l *Ledger) TotalFor(account string) int {
	sum := 0
	for _, entry := range l.entries {
		if entry.Account == account {
			sum += entry.Amount
		}
	}
	return sum
}

func checkEntry(entry Entry, limit int) error {
	if entry.Amount > limit {
		return errors.New("too much")
	}
	return nil
}
""",
    "store/merge.go": """\
package store

// MergeEntries puts two lists together.
func MergeEntries(first, second []Entry) []Entry {
	return append(first, second...)
}

func checkAll(entries []Entry) error {
	for _, entry := range entries {
		if err := checkEntry(entry, 100); err != nil {
			return err
		}
	}
	return nil
}
""",
    "api/api.go": """\
package api

import (
	"fmt"

	"example.org/shop/store"
)

// Describe says what a ledger holds.
func Describe(path string) string {
	ledger := store.OpenLedger(path, 10)
	ledger.AddEntry("cash", 5)
	return fmt.Sprint(ledger.TotalFor("cash"), store.MergeEntries(nil, nil))
}
""",
}

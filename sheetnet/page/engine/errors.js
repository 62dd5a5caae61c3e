/* What a cell may hold besides a number, a text or a truth value: an error, as spreadsheets have
   them. Errors are thrown while a formula is evaluated and kept in the cell, so that they spread. */

export class CellError {
  constructor(code, meaning) {
    this.code = code;
    this.meaning = meaning;
  }
}

export const DIV0 = new CellError("#DIV/0!", "a division by zero");
export const NUM = new CellError("#NUM!", "a number beyond what a spreadsheet can hold, or the " +
  "logarithm of a number that is not positive");
export const VALUE = new CellError("#VALUE!", "a text where a number is needed");
export const REF = new CellError("#REF!", "a place outside its table");
export const NAME = new CellError("#NAME?", "a name that is not known");
export const NA = new CellError("#N/A", "no value");
export const CIRCLE = new CellError("#CIRC!", "a formula that leads back to itself");

/* Thrown by a read of a cell that has not been computed yet. */
export class Pending {
  constructor(cells, index) {
    this.cells = cells;
    this.index = index;
  }
}

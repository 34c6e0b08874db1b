// A registered first-in first-out channel without bypass (docs/microarchitecture.md, section 1): what
// is pushed in t is visible in t+1, a place popped in t is free in t+1.
module fifo #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 4
) (
    input logic clk,
    input logic rst,

    input  logic             push_valid,
    output logic             push_ready,
    input  logic [WIDTH-1:0] push_data,

    output logic             pop_valid,
    input  logic             pop_ready,
    output logic [WIDTH-1:0] pop_data
);

  localparam int INDEX_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam int COUNT_BITS = $clog2(DEPTH + 1);
  localparam logic [INDEX_BITS-1:0] LAST = INDEX_BITS'(DEPTH - 1);

  logic [WIDTH-1:0] places[DEPTH];
  logic [INDEX_BITS-1:0] head;
  logic [INDEX_BITS-1:0] tail;
  logic [COUNT_BITS-1:0] count;
  wire push = push_valid & push_ready;
  wire pop = pop_valid & pop_ready;

  assign push_ready = count != COUNT_BITS'(DEPTH);
  assign pop_valid = count != '0;
  assign pop_data = places[head];

  always_ff @(posedge clk) begin
    if (rst) begin
      head <= '0;
      tail <= '0;
      count <= '0;
    end else begin
      if (pop) head <= head == LAST ? '0 : head + 1'b1;
      if (push) tail <= tail == LAST ? '0 : tail + 1'b1;
      count <= count + COUNT_BITS'(push) - COUNT_BITS'(pop);
    end
  end

  always_ff @(posedge clk) if (push) places[tail] <= push_data;

endmodule

// The queue between dilution and concentration (docs/microarchitecture.md, section 6): several slot
// rows in, several out in a cycle; what is pushed is seen in the next, and so is room. The oldest
// rows form the window of concentration, which takes matches out of rows that stay.
//
// Row number n stands in bank n modulo BANKS, so that a cycle writes and reads a bank once.
module slot_queue #(
    parameter int LANES = 16,
    parameter int ROWS = 12,   // depth
    parameter int PUSH = 5,    // most rows pushed in a cycle
    parameter int WINDOW = 4,  // rows seen, and most rows popped in a cycle
    localparam int ROOM_BITS = $clog2(ROWS + 1),
    localparam int PUSH_BITS = $clog2(PUSH + 1),
    localparam int POP_BITS = $clog2(WINDOW + 1)
) (
    input logic clk,
    input logic rst,

    output logic [   ROOM_BITS-1:0] room,
    input  logic [   PUSH_BITS-1:0] push_rows,
    input  logic                    push_marked,    // the last row pushed ends its element
    input  logic [PUSH*LANES*8-1:0] push_values,
    input  logic [  PUSH*LANES-1:0] push_active,
    input  logic [  PUSH*LANES-1:0] push_negative,

    // Row i of the window in part i of each.
    output logic [        WINDOW-1:0] window_present,
    output logic [        WINDOW-1:0] window_marked,
    output logic [WINDOW*LANES*8-1:0] window_values,
    output logic [  WINDOW*LANES-1:0] window_active,
    output logic [  WINDOW*LANES-1:0] window_negative,

    input logic [    POP_BITS-1:0] pop_rows,
    input logic                    step,     // replaces the active slots of the window by:
    input logic [WINDOW*LANES-1:0] left
);

  localparam int BANK_BITS = $clog2(PUSH > WINDOW ? PUSH : WINDOW);
  localparam int BANKS = 1 << BANK_BITS;
  localparam int DEPTH = (ROWS + BANKS - 1) / BANKS;
  localparam int PLACE_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;
  // {valid, marked, active, negative, values}; zeros where there is no row
  localparam int ROW_BITS = 2 + 10 * LANES;

  // The row that is pushed or read next: its bank and its place there.
  logic [BANK_BITS-1:0] head_bank;
  logic [BANK_BITS-1:0] tail_bank;
  logic [PLACE_BITS-1:0] head_place;
  logic [PLACE_BITS-1:0] tail_place;
  logic [ROOM_BITS-1:0] count;
  assign room = ROOM_BITS'(ROWS) - count;

  function automatic logic [PLACE_BITS-1:0] place_after(input logic [PLACE_BITS-1:0] place,
                                                        input logic moves);
    place_after = !moves ? place : place == PLACE_BITS'(DEPTH - 1) ? '0 : place + 1'b1;
  endfunction

  wire [BANK_BITS:0] next_head = {1'b0, head_bank} + (BANK_BITS + 1)'(pop_rows);
  wire [BANK_BITS:0] next_tail = {1'b0, tail_bank} + (BANK_BITS + 1)'(push_rows);
  always_ff @(posedge clk) begin
    if (rst) begin
      head_bank <= '0;
      head_place <= '0;
      tail_bank <= '0;
      tail_place <= '0;
      count <= '0;
    end else begin
      head_bank <= next_head[BANK_BITS-1:0];
      head_place <= place_after(head_place, next_head[BANK_BITS]);
      tail_bank <= next_tail[BANK_BITS-1:0];
      tail_place <= place_after(tail_place, next_tail[BANK_BITS]);
      count <= count + ROOM_BITS'(push_rows) - ROOM_BITS'(pop_rows);
    end
  end

  // Rows on their way into the banks: those pushed, and what a step leaves of the window's.
  logic [BANKS*ROW_BITS-1:0] push_items;
  logic [BANKS*ROW_BITS-1:0] push_by_bank;
  logic [BANKS*(1+LANES)-1:0] left_items;  // {step, active}
  logic [BANKS*(1+LANES)-1:0] left_by_bank;
  for (genvar i = 0; i < BANKS; i++) begin : g_in
    if (i < PUSH) begin : g_push
      assign push_items[ROW_BITS*i+:ROW_BITS] = {
        32'(push_rows) > i,
        push_marked && 32'(push_rows) == i + 1,
        push_active[LANES*i+:LANES],
        push_negative[LANES*i+:LANES],
        push_values[8*LANES*i+:8*LANES]
      };
    end else begin : g_no_push
      assign push_items[ROW_BITS*i+:ROW_BITS] = '0;
    end
    if (i < WINDOW) begin : g_left
      assign left_items[(1+LANES)*i+:1+LANES] = {step && 32'(count) > i, left[LANES*i+:LANES]};
    end else begin : g_no_left
      assign left_items[(1+LANES)*i+:1+LANES] = '0;
    end
  end
  rotator #(
      .ITEMS(BANKS),
      .BITS(ROW_BITS)
  ) to_banks (
      .by(tail_bank),
      .items(push_items),
      .rotated(push_by_bank)
  );
  rotator #(
      .ITEMS(BANKS),
      .BITS(1 + LANES)
  ) left_to_banks (
      .by(head_bank),
      .items(left_items),
      .rotated(left_by_bank)
  );

  // The banks.
  logic [BANKS*(ROW_BITS-1)-1:0] read_by_bank;
  for (genvar b = 0; b < BANKS; b++) begin : g_bank
    logic [9*LANES-1:0] slots[DEPTH];
    logic [LANES-1:0] active[DEPTH];
    logic marked[DEPTH];
    wire [ROW_BITS-1:0] row = push_by_bank[ROW_BITS*b+:ROW_BITS];
    wire [LANES:0] update = left_by_bank[(1+LANES)*b+:1+LANES];
    wire [PLACE_BITS-1:0] read_place = place_after(head_place, b < 32'(head_bank));
    wire [PLACE_BITS-1:0] write_place = place_after(tail_place, b < 32'(tail_bank));
    always_ff @(posedge clk) begin
      if (row[ROW_BITS-1]) begin
        slots[write_place] <= row[9*LANES-1:0];
        active[write_place] <= row[9*LANES+:LANES];
        marked[write_place] <= row[10*LANES];
      end
      if (update[LANES]) active[read_place] <= update[LANES-1:0];
    end
    assign read_by_bank[(ROW_BITS-1)*b+:ROW_BITS-1] = {
      marked[read_place], active[read_place], slots[read_place]
    };
  end

  // Not all banks are in the window.
  // verilator lint_off UNUSEDSIGNAL
  logic [BANKS*(ROW_BITS-1)-1:0] read_items;
  // verilator lint_on UNUSEDSIGNAL
  rotator #(
      .ITEMS(BANKS),
      .BITS(ROW_BITS - 1),
      .LARGE_FIRST(1)
  ) to_window (
      .by(-head_bank),
      .items(read_by_bank),
      .rotated(read_items)
  );
  for (genvar i = 0; i < WINDOW; i++) begin : g_window
    assign window_present[i] = 32'(count) > i;
    assign {
      window_marked[i],
      window_active[LANES*i+:LANES],
      window_negative[LANES*i+:LANES],
      window_values[8*LANES*i+:8*LANES]
    } = read_items[(ROW_BITS-1)*i+:ROW_BITS-1];
  end

endmodule

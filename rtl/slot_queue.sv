// The queue between dilution and concentration (docs/microarchitecture.md, section 6): several slot
// rows in, several out in a cycle; what is pushed is seen in the next, and so is room. The oldest
// rows form the window of concentration, which takes matches out of rows that stay.
module slot_queue #(
    parameter int LANES = 16,
    parameter int ROWS = 16,     // depth
    parameter int PUSH = 5,      // most rows pushed in a cycle
    parameter int WINDOW = 4,    // rows seen, and most rows popped in a cycle
    parameter int TAG_BITS = 1,  // what is handed on with the marked row of an element
    localparam int ROOM_BITS = $clog2(ROWS + 1),
    localparam int PUSH_BITS = $clog2(PUSH + 1),
    localparam int POP_BITS = $clog2(WINDOW + 1)
) (
    input logic clk,
    input logic rst,

    output logic [   ROOM_BITS-1:0] room,
    input  logic [   PUSH_BITS-1:0] push_rows,
    input  logic                    push_marked,    // the last row pushed ends its element
    input  logic [    TAG_BITS-1:0] push_tag,
    input  logic [PUSH*LANES*8-1:0] push_values,
    input  logic [  PUSH*LANES-1:0] push_active,
    input  logic [  PUSH*LANES-1:0] push_negative,

    // Row i of the window in part i of each.
    output logic [        WINDOW-1:0] window_present,
    output logic [        WINDOW-1:0] window_marked,
    output logic [WINDOW*TAG_BITS-1:0] window_tags,
    output logic [WINDOW*LANES*8-1:0] window_values,
    output logic [  WINDOW*LANES-1:0] window_active,
    output logic [  WINDOW*LANES-1:0] window_negative,

    input logic [    POP_BITS-1:0] pop_rows,
    input logic                    step,     // replaces the active slots of the window by:
    input logic [WINDOW*LANES-1:0] left
);

  localparam int INDEX_BITS = ROWS > 1 ? $clog2(ROWS) : 1;

  logic [8*LANES-1:0] values[ROWS];
  logic [LANES-1:0] negative[ROWS];
  logic [LANES-1:0] active[ROWS];
  logic [ROWS-1:0] marked;
  logic [TAG_BITS-1:0] tags[ROWS];
  logic [INDEX_BITS-1:0] head;
  logic [INDEX_BITS-1:0] tail;
  logic [ROOM_BITS-1:0] count;

  // The place `offset` (at most ROWS) behind `index`.
  function automatic logic [INDEX_BITS-1:0] behind(input logic [INDEX_BITS-1:0] index,
                                                   input int offset);
    int place;
    place = 32'(index) + offset;
    behind = INDEX_BITS'(place >= ROWS ? place - ROWS : place);
  endfunction

  assign room = ROOM_BITS'(ROWS) - count;

  for (genvar i = 0; i < WINDOW; i++) begin : g_window
    wire [INDEX_BITS-1:0] place = behind(head, i);
    assign window_present[i] = 32'(count) > i;
    assign window_marked[i] = marked[place];
    assign window_tags[TAG_BITS*i+:TAG_BITS] = tags[place];
    assign window_values[8*LANES*i+:8*LANES] = values[place];
    assign window_active[LANES*i+:LANES] = active[place];
    assign window_negative[LANES*i+:LANES] = negative[place];
  end

  always_ff @(posedge clk) begin
    if (rst) begin
      head <= '0;
      tail <= '0;
      count <= '0;
    end else begin
      head <= behind(head, 32'(pop_rows));
      tail <= behind(tail, 32'(push_rows));
      count <= count + ROOM_BITS'(push_rows) - ROOM_BITS'(pop_rows);
    end
  end

  always_ff @(posedge clk) begin
    for (int i = 0; i < PUSH; i++) begin
      if (i < 32'(push_rows)) begin
        values[behind(tail, i)] <= push_values[8*LANES*i+:8*LANES];
        negative[behind(tail, i)] <= push_negative[LANES*i+:LANES];
        active[behind(tail, i)] <= push_active[LANES*i+:LANES];
        marked[behind(tail, i)] <= push_marked && i + 1 == 32'(push_rows);
        tags[behind(tail, i)] <= push_tag;
      end
    end
    for (int i = 0; i < WINDOW; i++) begin
      if (step && 32'(count) > i) active[behind(head, i)] <= left[LANES*i+:LANES];
    end
  end

endmodule

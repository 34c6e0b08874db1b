// CA unit (docs/microarchitecture.md, section 6): dilution, slot queue, concentration, signed adder
// tree and accumulator. Makes one intermediate element of each entry, in order.
module ca_unit #(
    parameter int CHUNK = 64,
    parameter int LANES = 16,
    parameter int ENTRY_CHUNKS = 4,
    parameter int SLOT_QUEUE_ROWS = 12,
    parameter int LOOK_AHEAD = 3,
    parameter int OFFSETS = 5,
    parameter logic [16*(OFFSETS > 0 ? OFFSETS : 1)-1:0] PATTERN = 80'h01fe_01ff_0300_0200_0100,
    parameter int TAG_BITS = 1,  // what goes with an entry to its element
    localparam int CHUNK_BITS = ENTRY_CHUNKS > 1 ? $clog2(ENTRY_CHUNKS) : 1,
    localparam int VALUE_BITS = 8 + $clog2(ENTRY_CHUNKS * CHUNK)
) (
    input logic clk,
    input logic rst,

    // Ring input buffer and coefficient buffer, as in dilution.
    input  logic                    entry_valid,
    input  logic                    entry_line_end,    // the element is wanted though it be zero
    input  logic [    TAG_BITS-1:0] entry_tag,
    output logic                    entry_release,
    output logic [  CHUNK_BITS-1:0] chunk,
    input  logic [       CHUNK-1:0] activation_map,
    input  logic [     8*CHUNK-1:0] activations,
    input  logic [ENTRY_CHUNKS-1:0] visited,
    input  logic [       CHUNK-1:0] coefficient_map,
    input  logic [       CHUNK-1:0] coefficient_sign,

    // Element queue. Ready is asked for by the final step of a dropped element too.
    input  logic                         element_ready,
    output logic                         element_valid,
    output logic signed [VALUE_BITS-1:0] element_value,
    output logic                         element_line_end,
    output logic        [  TAG_BITS-1:0] element_tag,

    output logic holds,   // an element, from its first dilution cycle to its final step
    output logic blocked,  // by the element queue

    output logic [CHUNK-1:0] activation_mask  // as in dilution
);

  localparam int WINDOW = 1 + LOOK_AHEAD;
  localparam int PUSH = (CHUNK + LANES - 1) / LANES + 1;
  localparam int ROOM_BITS = $clog2(SLOT_QUEUE_ROWS + 1);
  localparam int PUSH_BITS = $clog2(PUSH + 1);
  localparam int POP_BITS = $clog2(WINDOW + 1);
  localparam int HELD_BITS = $clog2(SLOT_QUEUE_ROWS + 2);  // elements in queue and dilution
  localparam int SUM_BITS = 9 + $clog2(LANES);

  logic [ROOM_BITS-1:0] room;
  logic [PUSH_BITS-1:0] push_rows;
  logic push_marked;
  logic [PUSH*LANES*8-1:0] push_values;
  logic [PUSH*LANES-1:0] push_active;
  logic [PUSH*LANES-1:0] push_negative;
  logic begins;
  dilution #(
      .CHUNK(CHUNK),
      .LANES(LANES),
      .ENTRY_CHUNKS(ENTRY_CHUNKS),
      .SLOT_QUEUE_ROWS(SLOT_QUEUE_ROWS)
  ) diluter (
      .*
  );

  logic [WINDOW-1:0] present;
  logic [WINDOW-1:0] marked;
  logic [WINDOW*LANES*8-1:0] window_values;
  logic [WINDOW*LANES-1:0] window_active;
  logic [WINDOW*LANES-1:0] window_negative;
  logic [POP_BITS-1:0] pop_rows;
  logic [WINDOW*LANES-1:0] left;
  logic step;
  slot_queue #(
      .LANES(LANES),
      .ROWS(SLOT_QUEUE_ROWS),
      .PUSH(PUSH),
      .WINDOW(WINDOW)
  ) queue (
      .clk,
      .rst,
      .room,
      .push_rows,
      .push_marked,
      .push_values,
      .push_active,
      .push_negative,
      .window_present(present),
      .window_marked(marked),
      .window_values,
      .window_active,
      .window_negative,
      .pop_rows,
      .step,
      .left
  );

  // The window ends with the marked row of the oldest element.
  logic [WINDOW-1:0] in_window;
  logic is_complete;
  always_comb begin
    logic reached;
    reached = 1'b1;
    for (int i = 0; i < WINDOW; i++) begin
      reached &= present[i];
      in_window[i] = reached;
      reached &= ~marked[i];
    end
  end
  assign is_complete = in_window[WINDOW-1] | |(in_window & marked);

  logic [WINDOW*LANES-1:0] open;
  for (genvar i = 0; i < WINDOW; i++) begin : g_open
    assign open[LANES*i+:LANES] = window_active[LANES*i+:LANES] & {LANES{in_window[i]}};
  end
  logic [WINDOW*LANES-1:0] open_after;
  logic [8*LANES-1:0] lane_values;
  logic [LANES-1:0] lane_negative;
  concentrator #(
      .LANES(LANES),
      .LOOK_AHEAD(LOOK_AHEAD),
      .OFFSETS(OFFSETS),
      .PATTERN(PATTERN)
  ) picks (
      .active(open),
      .values(window_values),
      .negative(window_negative),
      .left(open_after),
      .lane_values,
      .lane_negative
  );
  for (genvar i = 0; i < WINDOW; i++) begin : g_left
    assign left[LANES*i+:LANES] =
        in_window[i] ? open_after[LANES*i+:LANES] : window_active[LANES*i+:LANES];
  end

  // Leading rows without an untaken match retire. Row 0 always is one: its own lanes empty it.
  logic [WINDOW-1:0] retires;
  always_comb begin
    logic reached;
    reached = 1'b1;
    for (int i = 0; i < WINDOW; i++) begin
      reached &= in_window[i] & ~|open_after[LANES*i+:LANES];
      retires[i] = reached;
    end
  end
  wire is_final = |(retires & marked);

  assign blocked = is_complete & is_final & ~element_ready;
  assign step = is_complete & ~blocked;
  always_comb begin
    pop_rows = '0;
    for (int i = 0; i < WINDOW; i++) if (step && retires[i]) pop_rows = POP_BITS'(i + 1);
  end

  // Each element in the slot queue has a marked row, so there is room for its tag.
  logic unused_push_ready;
  logic unused_pop_valid;
  fifo #(
      .WIDTH(TAG_BITS + 1),
      .DEPTH(SLOT_QUEUE_ROWS)
  ) tags (
      .clk,
      .rst,
      .push_valid(entry_release),
      .push_ready(unused_push_ready),
      .push_data({entry_line_end, entry_tag}),
      .pop_valid(unused_pop_valid),
      .pop_ready(step & is_final),
      .pop_data({element_line_end, element_tag})
  );

  logic signed [SUM_BITS-1:0] sum;
  signed_adder_tree #(
      .LANES(LANES)
  ) tree (
      .values(lane_values),
      .negative(lane_negative),
      .sum
  );
  logic signed [VALUE_BITS-1:0] accumulator;
  assign element_value = accumulator + VALUE_BITS'(sum);
  assign element_valid = is_complete & is_final & (element_line_end | (element_value != 0));

  logic [HELD_BITS-1:0] num_held;
  assign holds = num_held != 0 | begins;
  always_ff @(posedge clk) begin
    if (rst) begin
      accumulator <= '0;
      num_held <= '0;
    end else begin
      if (step) accumulator <= is_final ? '0 : element_value;
      num_held <= num_held + HELD_BITS'(begins) - HELD_BITS'(step && is_final);
    end
  end

endmodule

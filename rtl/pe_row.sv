// PE row (docs/microarchitecture.md, sections 6, 7 and 11): CA unit, element queue and MAC unit. Its
// ring input buffer port, coefficients, line buffer memory and slice merge are outside. Direct mode
// (section 10) is not there.
module pe_row #(
    parameter int CHUNK = 64,
    parameter int LANES = 16,
    parameter int ENTRY_CHUNKS = 4,
    parameter int SLOT_QUEUE_ROWS = 16,
    parameter int LOOK_AHEAD = 3,
    parameter int OFFSETS = 5,
    parameter logic [16*(OFFSETS > 0 ? OFFSETS : 1)-1:0] PATTERN = 80'h01fe_01ff_0300_0200_0100,
    parameter int ELEMENT_QUEUE = 4,
    parameter int MULTIPLIERS = 5,
    parameter int KERNEL = 3,
    parameter int LINE_BITS = 6,
    parameter int COLUMN_BITS = 9,
    parameter int NUMBER_BITS = 12,
    localparam int CHUNK_BITS = ENTRY_CHUNKS > 1 ? $clog2(ENTRY_CHUNKS) : 1,
    localparam int VALUE_BITS = 8 + $clog2(ENTRY_CHUNKS * CHUNK),
    localparam int TAP_BITS = $clog2(KERNEL + 1),
    localparam int INDEX_BITS = KERNEL > 1 ? $clog2(KERNEL * KERNEL) : 1,
    localparam int PRODUCT_BITS = VALUE_BITS + 8,
    localparam int WINDOW_BITS = 1 + 4 * TAP_BITS + NUMBER_BITS + 2 * LINE_BITS + COLUMN_BITS
) (
    input logic clk,
    input logic rst,

    // Of the layer and the pass, as in mac_unit; entries_left: the row has not released all entries
    // of the passes that have begun.
    input logic                  entries_left,
    input logic [  TAP_BITS-1:0] stride_h,
    input logic [  TAP_BITS-1:0] stride_w,
    input logic                  bypass,
    input logic                  kernel_write,
    input logic                  kernel_bank,
    input logic [INDEX_BITS-1:0] kernel_index,
    input logic [           7:0] kernel_weight,

    // Ring input buffer and coefficient buffer, as in dilution; the window as in mac_unit.
    input  logic                    entry_valid,
    input  logic                    entry_line_end,
    input  logic [ WINDOW_BITS-1:0] entry_window,
    output logic                    entry_release,
    output logic [  CHUNK_BITS-1:0] chunk,
    input  logic [       CHUNK-1:0] activation_map,
    input  logic [     8*CHUNK-1:0] activations,
    input  logic [ENTRY_CHUNKS-1:0] visited,
    input  logic [       CHUNK-1:0] coefficient_map,
    input  logic [       CHUNK-1:0] coefficient_sign,

    // Line buffer and slice merge, as in mac_unit.
    output logic [             MULTIPLIERS-1:0] add_valid,
    output logic [   MULTIPLIERS*LINE_BITS-1:0] add_lines,
    output logic [ MULTIPLIERS*COLUMN_BITS-1:0] add_columns,
    output logic [MULTIPLIERS*PRODUCT_BITS-1:0] add_products,
    input  logic [             NUMBER_BITS-1:0] unread,
    output logic                                line_end_done,

    output logic element_push,  // into the element queue, to look at

    // Row state: work, wait input, wait weights (never here), queue full, wait merge, idle.
    output logic [2:0] state
);

  logic push_valid;
  logic push_ready;
  logic signed [VALUE_BITS-1:0] push_value;
  logic push_line_end;
  logic [WINDOW_BITS-1:0] push_window;
  logic ca_holds;
  logic ca_blocked;
  ca_unit #(
      .CHUNK(CHUNK),
      .LANES(LANES),
      .ENTRY_CHUNKS(ENTRY_CHUNKS),
      .SLOT_QUEUE_ROWS(SLOT_QUEUE_ROWS),
      .LOOK_AHEAD(LOOK_AHEAD),
      .OFFSETS(OFFSETS),
      .PATTERN(PATTERN),
      .TAG_BITS(WINDOW_BITS)
  ) ca (
      .clk,
      .rst,
      .entry_valid,
      .entry_line_end,
      .entry_tag(entry_window),
      .entry_release,
      .chunk,
      .activation_map,
      .activations,
      .visited,
      .coefficient_map,
      .coefficient_sign,
      .element_ready(push_ready),
      .element_valid(push_valid),
      .element_value(push_value),
      .element_line_end(push_line_end),
      .element_tag(push_window),
      .holds(ca_holds),
      .blocked(ca_blocked)
  );

  logic pop_valid;
  logic pop_ready;
  logic signed [VALUE_BITS-1:0] pop_value;
  logic pop_line_end;
  logic [WINDOW_BITS-1:0] pop_window;
  fifo #(
      .WIDTH(VALUE_BITS + 1 + WINDOW_BITS),
      .DEPTH(ELEMENT_QUEUE)
  ) elements (
      .clk,
      .rst,
      .push_valid,
      .push_ready,
      .push_data({push_value, push_line_end, push_window}),
      .pop_valid,
      .pop_ready,
      .pop_data({pop_value, pop_line_end, pop_window})
  );
  assign element_push = push_valid & push_ready;

  logic mac_busy;
  logic mac_waits;
  mac_unit #(
      .VALUE_BITS(VALUE_BITS),
      .MULTIPLIERS(MULTIPLIERS),
      .KERNEL(KERNEL),
      .LINE_BITS(LINE_BITS),
      .COLUMN_BITS(COLUMN_BITS),
      .NUMBER_BITS(NUMBER_BITS)
  ) mac (
      .clk,
      .rst,
      .stride_h,
      .stride_w,
      .bypass,
      .kernel_write,
      .kernel_bank,
      .kernel_index,
      .kernel_weight,
      .element_valid(pop_valid),
      .element_ready(pop_ready),
      .element_value(pop_value),
      .element_line_end(pop_line_end),
      .element_window(pop_window),
      .add_valid,
      .add_lines,
      .add_columns,
      .add_products,
      .unread,
      .busy(mac_busy),
      .waits_for_line(mac_waits),
      .line_end_done
  );

  always_comb begin
    if (mac_busy || (ca_holds && !ca_blocked)) state = 3'd0;
    else if (!ca_holds && entries_left) state = 3'd1;
    else if (ca_blocked) state = 3'd3;
    else if (mac_waits) state = 3'd4;
    else state = 3'd5;
  end

endmodule

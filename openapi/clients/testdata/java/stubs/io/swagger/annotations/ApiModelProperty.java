package io.swagger.annotations;

/** Stands for the annotation of swagger-annotations, which Debian has not. */
public @interface ApiModelProperty {
    String value() default "";

    String example() default "";

    boolean required() default false;
}
